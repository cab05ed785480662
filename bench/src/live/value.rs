//! What a request is about: values, in plain words and in parts, so that a rule can write them its own way.

use crate::chance::Chance;

/// What kind of thing a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A day of a year.
    Date,
    /// A time of day.
    Time,
    /// A first and a last name.
    Person,
    /// A number that names something.
    Number,
    /// An amount of money.
    Money,
    /// How urgent something is.
    Level,
    /// A few words.
    Text,
    /// A length of time.
    Minutes,
    /// A country.
    Country,
    /// A working day.
    Weekday,
    /// One of three sizes.
    Size,
    /// Two letters and a number.
    Code,
    /// A room of a building.
    Place,
    /// A weight.
    Weight,
    /// A field that the request says nothing about; the house has one value for it.
    Extra,
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Year, month, day.
    Date(u16, u8, u8),
    /// Hour, minute.
    Time(u8, u8),
    /// First and last name.
    Person(&'static str, &'static str),
    /// Four digits.
    Number(u32),
    /// Cents.
    Money(u32),
    /// Index of [`LEVELS`].
    Level(usize),
    /// A few words.
    Text(&'static str),
    /// Minutes.
    Minutes(u32),
    /// Index of [`COUNTRIES`].
    Country(usize),
    /// Index of [`WEEKDAYS`].
    Weekday(usize),
    /// Index of [`SIZES`].
    Size(usize),
    /// Letters, number.
    Code(&'static str, u32),
    /// Building, room.
    Place(char, u32),
    /// Kilograms.
    Weight(u32),
    /// The house's value.
    Extra(&'static str),
}

/// Names of months.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Levels, the least urgent first.
pub const LEVELS: [&str; 3] = ["low", "normal", "high"];
/// Working days.
pub const WEEKDAYS: [&str; 5] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
/// Sizes, the smallest first.
pub const SIZES: [&str; 3] = ["small", "medium", "large"];
/// Countries with their codes of two and of three letters.
pub const COUNTRIES: [(&str, &str, &str); 10] = [
    ("Germany", "DE", "DEU"),
    ("France", "FR", "FRA"),
    ("Italy", "IT", "ITA"),
    ("Norway", "NO", "NOR"),
    ("Brazil", "BR", "BRA"),
    ("Canada", "CA", "CAN"),
    ("Kenya", "KE", "KEN"),
    ("India", "IN", "IND"),
    ("Peru", "PE", "PER"),
    ("Finland", "FI", "FIN"),
];
const FIRST: [&str; 12] =
    ["Mara", "Tom", "Ana", "Ivo", "Lena", "Omar", "Rita", "Sven", "Yuki", "Paul", "Nora", "Hugo"];
const LAST: [&str; 12] = [
    "Vogt", "Reyes", "Lund", "Petrov", "Okafor", "Haas", "Costa", "Berg", "Tanaka", "Novak", "Silva",
    "Moreau",
];
const TOPICS: [&str; 12] = [
    "the printer jams",
    "a door does not close",
    "the invoice is missing",
    "a window is broken",
    "the badge reader is dead",
    "the heating is off",
    "a parcel came open",
    "the lamp flickers",
    "the scale is wrong",
    "a key is lost",
    "the pump leaks",
    "the form is unclear",
];
const LETTERS: [&str; 6] = ["kx", "bt", "mr", "dv", "hs", "pl"];

impl Value {
    /// Returns the value as a person says it in a request.
    pub fn said(&self) -> String {
        match *self {
            Self::Date(year, month, day) => {
                format!("{day} {} {year}", MONTHS[usize::from(month).saturating_sub(1) % MONTHS.len()])
            }
            Self::Time(hour, minute) => format!("{hour:02}:{minute:02}"),
            Self::Person(first, last) => format!("{first} {last}"),
            Self::Number(number) => number.to_string(),
            Self::Money(cents) => format!("{}.{:02} euros", cents / 100, cents % 100),
            Self::Level(at) => LEVELS[at].to_owned(),
            Self::Text(words) => words.to_owned(),
            Self::Minutes(minutes) => format!("{minutes} minutes"),
            Self::Country(at) => COUNTRIES[at].0.to_owned(),
            Self::Weekday(at) => WEEKDAYS[at].to_owned(),
            Self::Size(at) => SIZES[at].to_owned(),
            Self::Code(letters, number) => format!("{letters}-{number}"),
            Self::Place(building, room) => format!("room {room} in building {building}"),
            Self::Weight(kilograms) => format!("{kilograms} kilograms"),
            Self::Extra(_) => String::new(),
        }
    }
}

impl Kind {
    /// Draws `count` values. Where a kind has that many, none comes twice; where it has fewer, each comes once
    /// before any comes again.
    pub fn draw(self, count: usize, chance: &mut Chance) -> Vec<Value> {
        let mut drawn: Vec<Value> = Vec::with_capacity(count);
        let few: Vec<Value> = match self {
            Self::Level => (0..LEVELS.len()).map(Value::Level).collect(),
            Self::Weekday => (0..WEEKDAYS.len()).map(Value::Weekday).collect(),
            Self::Size => (0..SIZES.len()).map(Value::Size).collect(),
            Self::Country => (0..COUNTRIES.len()).map(Value::Country).collect(),
            Self::Text => TOPICS.map(Value::Text).to_vec(),
            _ => Vec::new(),
        };
        while drawn.len() < count {
            if few.is_empty() {
                let value = self.one(chance);
                if !drawn.contains(&value) {
                    drawn.push(value);
                }
            } else {
                let mut deck = few.clone();
                chance.shuffle(&mut deck);
                drawn.extend(deck.into_iter().take(count - drawn.len()));
            }
        }
        drawn
    }

    fn one(self, chance: &mut Chance) -> Value {
        let mut between = |low: usize, high: usize| low + chance.below(high - low + 1);
        match self {
            // A day above 12, so that no two orders of day and month look the same.
            Self::Date => Value::Date(2026, between(1, 12) as u8, between(13, 28) as u8),
            Self::Time => Value::Time(between(13, 19) as u8, 5 * between(1, 11) as u8),
            Self::Person => {
                Value::Person(FIRST[between(0, FIRST.len() - 1)], LAST[between(0, LAST.len() - 1)])
            }
            Self::Number => Value::Number(between(1_001, 9_899) as u32),
            Self::Money => Value::Money((between(11, 240) * 100 + 5 * between(1, 19)) as u32),
            Self::Minutes => Value::Minutes(5 * between(3, 22) as u32),
            Self::Code => Value::Code(LETTERS[between(0, LETTERS.len() - 1)], between(11, 98) as u32),
            Self::Place => Value::Place(['A', 'B', 'C', 'D', 'E'][between(0, 4)], between(11, 89) as u32),
            _ => Value::Weight(between(2, 75) as u32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_apart_and_few_ones_all_come() {
        let mut chance = Chance::new(1);
        let days = Kind::Date.draw(10, &mut chance);
        let mut said: Vec<String> = days.iter().map(Value::said).collect();
        said.sort();
        said.dedup();
        assert_eq!(said.len(), 10);
        let levels = Kind::Level.draw(6, &mut chance);
        for at in 0..LEVELS.len() {
            assert_eq!(levels.iter().filter(|level| **level == Value::Level(at)).count(), 2);
        }
    }
}
