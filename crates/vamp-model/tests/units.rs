//! Values with a unit, and names: what is printed is read as the same value, as text and through serde.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use vamp_model::{
    GatewayName, Memory, Name, Percentage, Period, Quantity, RoutePath, Seconds, StrictName, arbitrary,
};

fn prints_as_it_is_read<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Display + FromStr<Err: Debug> + PartialEq + Debug,
{
    let text = value.to_string();
    let again = text.parse::<T>();
    prop_assert_eq!(again.as_ref().ok(), Some(value), "{}", text);
    Ok(())
}

fn goes_through_json<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let text = serde_json::to_string(value).unwrap();
    let again = serde_json::from_str::<T>(&text);
    prop_assert_eq!(again.as_ref().ok(), Some(value), "{}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn percentages_come_back(value in arbitrary::percentage()) {
        prints_as_it_is_read(&value)?;
        goes_through_json(&value)?;
    }

    #[test]
    fn quantities_come_back(value in arbitrary::quantity()) {
        prints_as_it_is_read(&value)?;
        goes_through_json(&value)?;
    }

    #[test]
    fn times_come_back(value in arbitrary::seconds()) {
        prints_as_it_is_read(&value)?;
        goes_through_json(&value)?;
    }

    #[test]
    fn periods_come_back(value in arbitrary::period()) {
        prints_as_it_is_read(&value)?;
        goes_through_json(&value)?;
    }

    #[test]
    fn memory_comes_back_from_its_exact_text_and_to_the_hundredth_from_the_other(value in arbitrary::memory()) {
        prop_assert_eq!(value.exact().parse(), Ok(value));
        let shown: Memory = value.to_string().parse().unwrap();
        // Half of 0.01, and what a float of this size cannot tell.
        prop_assert!((shown.value() - value.value()).abs() <= 0.005 + value.value() * f64::EPSILON);
        prints_as_it_is_read(&shown)?;
        goes_through_json(&shown)?;
    }

    #[test]
    fn names_come_back(name in arbitrary::name(), strict in arbitrary::strict_name(), gateway in arbitrary::gateway_name()) {
        prints_as_it_is_read(&name)?;
        goes_through_json(&name)?;
        prints_as_it_is_read(&strict)?;
        goes_through_json(&strict)?;
        prints_as_it_is_read(&gateway)?;
        goes_through_json(&gateway)?;
    }

    #[test]
    fn no_text_does_more_to_a_unit_than_being_refused(text in "[ 0-9.,eE+mMkKgGiIbBsSPTYWDH%-]{0,12}|.{0,12}") {
        let _ = text.parse::<Percentage>();
        let _ = text.parse::<Memory>();
        let _ = text.parse::<Quantity>();
        let _ = text.parse::<Seconds>();
        if let Ok(period) = text.parse::<Period>()
            && !text.trim().is_empty()
        {
            prints_as_it_is_read(&period)?;
        }
    }
}

#[test]
fn serde_says_what_would_have_been_right() {
    fn refused<T: DeserializeOwned + Debug>(json: &str) -> String {
        serde_json::from_str::<T>(json).unwrap_err().to_string()
    }
    let told = [
        refused::<Percentage>("\"50\""),
        refused::<Percentage>("50"),
        refused::<Memory>("\"64\""),
        refused::<Memory>("64"),
        refused::<Quantity>("\"much\""),
        refused::<Quantity>("true"),
        refused::<Seconds>("\"30\""),
        refused::<Period>("\"P1H\""),
        refused::<Name>("\"a b\""),
        refused::<StrictName>("\"a.b\""),
        refused::<GatewayName>("\"a/b/c/d/e\""),
        refused::<RoutePath>("\"\""),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn serde_reads_quantities_from_numbers_and_texts() {
    for (json, value) in [("2", 2.0), ("-1", -1.0), ("0.25", 0.25), ("\"500m\"", 0.5)] {
        let quantity: Quantity = serde_json::from_str(json).unwrap();
        assert_eq!(quantity.value(), value, "{json}");
    }
}
