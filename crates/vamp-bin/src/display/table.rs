//! Tables for people: aligned columns without lines, cut to the width of a terminal only where there is one.

use std::fmt;

use comfy_table::{CellAlignment, ContentArrangement};

/// A table with a heading.
#[derive(Debug)]
pub(crate) struct Table {
    table: comfy_table::Table,
}

impl Table {
    pub(crate) fn new<const N: usize>(heading: [&str; N]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(heading);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
            column.set_cell_alignment(CellAlignment::Left);
        }
        Self { table }
    }

    /// Adds a row; an empty cell is shown as `-`, and what could confuse a terminal is replaced.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        let cells = cells.map(|cell| match cell.as_str() {
            "" => "-".to_owned(),
            _ => cell.replace(char::is_control, " "),
        });
        self.table.add_row(cells);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.table.lines() {
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_whatever_the_script_and_end_without_blanks() {
        let mut table = Table::new(["NAME", "PORT"]);
        table.row(["shop/日本".to_owned(), "9050".to_owned()]);
        table.row(["a".to_owned(), String::new()]);
        insta::assert_snapshot!(table, @r"
        NAME       PORT
        shop/日本  9050
        a          -
        ");
    }
}
