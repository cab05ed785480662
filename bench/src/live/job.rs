//! The jobs: an invented desk with one tool, its fields, and how people ask.

use super::rule::Half;
use super::value::Kind;

/// A field of a tool.
pub struct Field {
    /// Its name in the call.
    pub name: &'static str,
    /// What the tool's description says of it.
    pub about: &'static str,
    /// What it holds.
    pub kind: Kind,
}

/// A job.
pub struct Job {
    /// Which worlds it is for.
    pub half: Half,
    /// The tool.
    pub tool: &'static str,
    /// Where the agent works.
    pub desk: &'static str,
    /// What the tool does.
    pub does: &'static str,
    /// What a request fills.
    pub fields: [Field; 3],
    /// A field that no request speaks of, with the house's value for it.
    pub extra: (Field, &'static str),
    /// Requests; `{0}` to `{2}` stand for the fields.
    pub asks: [&'static str; 3],
}

const fn field(name: &'static str, about: &'static str, kind: Kind) -> Field {
    Field { name, about, kind }
}

const fn extra(name: &'static str, about: &'static str, house: &'static str) -> (Field, &'static str) {
    (field(name, about, Kind::Extra), house)
}

/// Every job.
pub const JOBS: &[Job] = &[
    Job {
        half: Half::Tuning,
        tool: "file_ticket",
        desk: "a help desk",
        does: "files one ticket",
        fields: [
            field("customer", "who asks", Kind::Person),
            field("due", "the day by which it must be done", Kind::Date),
            field("priority", "how urgent it is", Kind::Level),
        ],
        extra: extra("channel", "how the request came in, optional", "phone"),
        asks: [
            "{0} needs help by {1}. Priority: {2}.",
            "Please file this for {0}: due on {1}, {2} priority.",
            "A {2} priority ticket for {0}, to be done by {1}.",
        ],
    },
    Job {
        half: Half::Tuning,
        tool: "issue_refund",
        desk: "a shop's till",
        does: "pays money back for an order",
        fields: [
            field("order", "the order", Kind::Number),
            field("amount", "how much goes back", Kind::Money),
            field("reason", "why, in a few words", Kind::Text),
        ],
        extra: extra("approval", "who approved, optional", "counter"),
        asks: [
            "Order {0}: refund {1}, because {2}.",
            "The customer of order {0} gets {1} back: {2}.",
            "Pay back {1} for order {0}. Reason: {2}.",
        ],
    },
    Job {
        half: Half::Tuning,
        tool: "move_stock",
        desk: "a warehouse",
        does: "books one move of stock",
        fields: [
            field("item", "the item's code", Kind::Code),
            field("handling", "how long it takes", Kind::Minutes),
            field("remark", "what to know, in a few words", Kind::Text),
        ],
        extra: extra("shift", "which shift, optional", "late"),
        asks: [
            "Move item {0}; it takes {1}. Remark: {2}.",
            "Item {0} has to move, plan {1}. Note that {2}.",
            "Please book a move of {0} with {1} of handling; {2}.",
        ],
    },
    Job {
        half: Half::Tuning,
        tool: "log_delivery",
        desk: "a loading dock",
        does: "logs one delivery",
        fields: [
            field("driver", "who drove", Kind::Person),
            field("arrived", "the day of arrival", Kind::Date),
            field("pallet", "the pallet's code", Kind::Code),
        ],
        extra: extra("gate", "which gate, optional", "north"),
        asks: [
            "{0} brought pallet {2} on {1}.",
            "Pallet {2} came on {1}, driven by {0}.",
            "Delivery by {0} on {1}: pallet {2}.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "book_slot",
        desk: "a clinic's reception",
        does: "books one appointment",
        fields: [
            field("patient", "who comes", Kind::Person),
            field("day", "the day of the appointment", Kind::Date),
            field("length", "how long it takes", Kind::Minutes),
        ],
        extra: extra("consent", "whether the patient agreed, optional", "yes"),
        asks: [
            "{0} needs an appointment on {1} for {2}.",
            "Please book {2} for {0} on {1}.",
            "On {1}, {0} comes in for {2}.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "post_entry",
        desk: "a bookkeeper's office",
        does: "posts one entry to the ledger",
        fields: [
            field("account", "the account", Kind::Number),
            field("sum", "the amount of money", Kind::Money),
            field("memo", "what it was for, in a few words", Kind::Text),
        ],
        extra: extra("ledger", "which ledger, optional", "main"),
        asks: [
            "Post {1} to account {0}: {2}.",
            "Account {0}, {1}, for this: {2}.",
            "We paid {1} because {2}. The account is {0}.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "ship_parcel",
        desk: "a mail room",
        does: "ships one parcel",
        fields: [
            field("parcel", "the parcel's number", Kind::Number),
            field("destination", "where it goes", Kind::Country),
            field("weight", "how heavy it is", Kind::Weight),
        ],
        extra: extra("insurance", "how it is insured, optional", "basic"),
        asks: [
            "Parcel {0} goes to {1}, it weighs {2}.",
            "Send parcel {0}, {2}, to {1}.",
            "To {1}: parcel {0} of {2}.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "plan_tour",
        desk: "a museum's office",
        does: "plans one guided tour",
        fields: [
            field("guide", "who leads it", Kind::Person),
            field("start", "when it starts", Kind::Time),
            field("group", "how large the group is", Kind::Size),
        ],
        extra: extra("entrance", "which entrance, optional", "garden"),
        asks: [
            "{0} leads a {2} group at {1}.",
            "A {2} group at {1}, the guide is {0}.",
            "Please plan a tour with {0} at {1} for a {2} group.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "raise_alarm",
        desk: "a building's control room",
        does: "raises one alarm",
        fields: [
            field("site", "where it is", Kind::Place),
            field("severity", "how bad it is", Kind::Level),
            field("message", "what happened, in a few words", Kind::Text),
        ],
        extra: extra("origin", "who noticed, optional", "patrol"),
        asks: [
            "In {0} {2}. The severity is {1}.",
            "Alarm of {1} severity in {0}: {2}.",
            "Severity {1}: {2}, in {0}.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "lend_bike",
        desk: "a bike station",
        does: "lends one bike",
        fields: [
            field("bike", "the bike's code", Kind::Code),
            field("back", "when it comes back", Kind::Time),
            field("frame", "the frame's size", Kind::Size),
        ],
        extra: extra("deposit", "how the deposit was left, optional", "card"),
        asks: [
            "Bike {0}, {2} frame, is back at {1}.",
            "Lend the {2} bike {0} until {1}.",
            "Until {1}: bike {0} with a {2} frame.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "set_lesson",
        desk: "a language school",
        does: "sets one lesson",
        fields: [
            field("teacher", "who teaches", Kind::Person),
            field("weekday", "on which day", Kind::Weekday),
            field("duration", "how long it takes", Kind::Minutes),
        ],
        extra: extra("mode", "how it is held, optional", "onsite"),
        asks: [
            "{0} teaches on {1} for {2}.",
            "Every {1} a lesson of {2} with {0}.",
            "A lesson of {2} on {1}; the teacher is {0}.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "record_sample",
        desk: "a laboratory",
        does: "records one sample",
        fields: [
            field("sample", "the sample's code", Kind::Code),
            field("taken", "the day on which it was taken", Kind::Date),
            field("mass", "how heavy it is", Kind::Weight),
        ],
        extra: extra("storage", "where it is kept, optional", "cold"),
        asks: [
            "Sample {0} was taken on {1} and weighs {2}.",
            "{2} of sample {0}, taken on {1}.",
            "Taken on {1}: sample {0}, {2}.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "hire_hall",
        desk: "a town hall",
        does: "hires out one room",
        fields: [
            field("room", "which room", Kind::Place),
            field("evening", "on which day", Kind::Weekday),
            field("fee", "what it costs", Kind::Money),
        ],
        extra: extra("catering", "who brings food, optional", "none"),
        asks: [
            "On {1} {0} is hired for {2}.",
            "Hire out {0} on {1}; the fee is {2}.",
            "{2} for {0}, on {1}.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "register_member",
        desk: "a rowing club",
        does: "registers one member",
        fields: [
            field("member", "who joins", Kind::Person),
            field("nation", "the country they come from", Kind::Country),
            field("joined", "the day of joining", Kind::Date),
        ],
        extra: extra("newsletter", "whether they want it, optional", "no"),
        asks: [
            "{0} from {1} joined on {2}.",
            "New member: {0}, {1}, since {2}.",
            "On {2} we got {0}, who is from {1}.",
        ],
    },
    Job {
        half: Half::HeldOut,
        tool: "order_repair",
        desk: "a caretaker's office",
        does: "orders one repair",
        fields: [
            field("place", "where it is", Kind::Place),
            field("urgency", "how urgent it is", Kind::Level),
            field("fault", "what is wrong, in a few words", Kind::Text),
        ],
        extra: extra("trade", "which trade, optional", "general"),
        asks: [
            "In {0} {2}; urgency {1}.",
            "Please have this repaired in {0}: {2}. Urgency: {1}.",
            "Urgency {1}, {0}: {2}.",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::rule::RULES;

    #[test]
    fn every_request_names_every_field_and_every_rule_has_a_job() {
        for job in JOBS {
            for ask in job.asks {
                assert!(["{0}", "{1}", "{2}"].iter().all(|slot| ask.contains(slot)), "{ask}");
            }
        }
        for rule in RULES {
            let has = |job: &&Job| {
                rule.kind == Kind::Extra || job.fields.iter().any(|field| field.kind == rule.kind)
            };
            assert!(JOBS.iter().filter(|job| job.half == rule.half).any(|job| has(&job)), "{}", rule.id);
        }
    }
}
