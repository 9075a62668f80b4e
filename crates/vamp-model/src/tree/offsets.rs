/// Where the characters of a text stand, by their number. Numbers that are asked for mostly grow.
pub(super) struct Offsets<'t> {
    text: &'t str,
    ascii: bool,
    characters: usize,
    bytes: usize,
}

impl<'t> Offsets<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            ascii: text.is_ascii(),
            characters: 0,
            bytes: 0,
        }
    }

    /// The offset in bytes of a character; of the end, when there are fewer.
    pub(super) fn byte(&mut self, character: usize) -> usize {
        if self.ascii {
            return character.min(self.text.len());
        }
        if character < self.characters {
            self.back(self.characters - character);
        } else {
            self.forward(character - self.characters);
        }
        self.bytes
    }

    fn forward(&mut self, count: usize) {
        let rest = self.text.get(self.bytes..).unwrap_or_default();
        let mut characters = rest.chars();
        for _ in 0..count {
            if characters.next().is_none() {
                break;
            }
            self.characters += 1;
        }
        self.bytes = self.text.len() - characters.as_str().len();
    }

    fn back(&mut self, count: usize) {
        let before = self.text.get(..self.bytes).unwrap_or_default();
        let mut characters = before.chars();
        for _ in 0..count {
            if characters.next_back().is_none() {
                break;
            }
            self.characters -= 1;
        }
        self.bytes = characters.as_str().len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_found_forwards_and_backwards() {
        for text in ["", "abc", "aé😀\nb"] {
            let mut expected: Vec<usize> = text.char_indices().map(|(offset, _)| offset).collect();
            expected.extend([text.len(), text.len()]);
            let mut offsets = Offsets::new(text);
            for numbers in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
                for number in numbers.into_iter().chain(0..expected.len()) {
                    let number = number.min(expected.len() - 1);
                    assert_eq!(offsets.byte(number), expected[number], "{text:?} {number}");
                }
            }
        }
    }
}
