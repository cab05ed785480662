//! The contracts desk: four redlining agents, six people, five clients, eight weeks.
//!
//! [`roster`] says what happens in which session; this module plays one entry of it; [`words`] holds the
//! language.

mod roster;
mod words;

use serde_json::{Value, json};

use super::dice::Deck;
use super::noise::{self, OneOff};
use super::plant::{Fix, Plant};
use super::script::{Format, Opening, Reply, Script, fill};
use roster::{CONTRACTS, Contract, RUNS, Run, Slip, Wish};

/// The tables from which no sentence comes twice before all have come once.
struct Speech {
    requests: Deck<&'static str>,
    plans: Deck<&'static str>,
    ready: Deck<&'static str>,
    agreed: Deck<&'static str>,
    done: Deck<&'static str>,
    early: Deck<OneOff>,
    late: Deck<OneOff>,
    chat: Deck<(&'static str, &'static str)>,
    wishes: Wishes,
}

/// The wordings of what people want, by who says it in which way.
struct Wishes {
    table_first_ask: Deck<&'static str>,
    table_first_correct: Deck<&'static str>,
    table_first_refuse: Deck<&'static str>,
    british_ask: Deck<&'static str>,
    emoji_ask: Deck<&'static str>,
    pdf_ask: Deck<&'static str>,
    docx_ask: Deck<&'static str>,
}

impl Speech {
    fn new(seed: u64) -> Self {
        let deck = |label: &str, table| Deck::new(seed, &format!("contracts/{label}"), table);
        Self {
            requests: deck("requests", words::REQUESTS),
            plans: deck("plans", words::PLANS),
            ready: deck("ready", words::READY),
            agreed: deck("agreed", words::AGREED),
            done: deck("done", words::DONE),
            early: Deck::new(seed, "contracts/early", noise::CONTRACTS_EARLY),
            late: Deck::new(seed, "contracts/late", noise::CONTRACTS_LATE),
            chat: Deck::new(seed, "contracts/chat", noise::CHAT),
            wishes: Wishes {
                table_first_ask: deck("table first", words::TABLE_FIRST_ASK),
                table_first_correct: deck("table first, corrected", words::TABLE_FIRST_CORRECT),
                table_first_refuse: deck("table first, refused", words::TABLE_FIRST_REFUSE),
                british_ask: deck("british", words::BRITISH_ASK),
                emoji_ask: deck("emoji", words::EMOJI_ASK),
                pdf_ask: deck("pdf", words::PDF_ASK),
                docx_ask: deck("docx", words::DOCX_ASK),
            },
        }
    }
}

impl Wishes {
    /// Returns one wording of a wish, and what it plants.
    fn word(&mut self, wish: Wish) -> (&'static str, Plant) {
        match wish {
            Wish::TableFirst => (self.table_first_ask.deal(), Plant::TableFirst),
            Wish::TableFirstCorrected => (self.table_first_correct.deal(), Plant::TableFirst),
            Wish::TableFirstRefused => (self.table_first_refuse.deal(), Plant::TableFirst),
            Wish::TableLast => (words::TABLE_LAST_ASK[0], Plant::TableLast),
            Wish::British => (self.british_ask.deal(), Plant::BritishSpelling),
            Wish::BritishCorrected => (words::BRITISH_CORRECT[0], Plant::BritishSpelling),
            Wish::American => (words::AMERICAN_ASK[0], Plant::AmericanSpelling),
            Wish::Emoji => (self.emoji_ask.deal(), Plant::Emoji),
            Wish::EmojiCorrected => (words::EMOJI_CORRECT[0], Plant::Emoji),
            Wish::Pdf => (self.pdf_ask.deal(), Plant::SendPdf),
            Wish::Docx => (self.docx_ask.deal(), Plant::SendDocx),
            Wish::DocxCorrected => (words::DOCX_CORRECT[0], Plant::SendDocx),
        }
    }
}

/// Returns the sessions of the fleet, in the order of the roster.
pub(super) fn sessions(seed: u64) -> Vec<Script> {
    let mut speech = Speech::new(seed);
    let mut trials = [0_u32; CONTRACTS.len()];
    RUNS.iter()
        .enumerate()
        .map(|(index, run)| {
            let contract = &CONTRACTS[run.contract];
            let trial = trials[run.contract];
            if run.via != Format::ClaudeCode {
                trials[run.contract] += 1;
            }
            let opening = Opening {
                label: format!("contracts-{index:02}"),
                format: run.via,
                domain: "contracts",
                agent: format!("redline-{}", run.agent),
                principal: run.by,
                team: "contracts-desk",
                task: contract.id,
                group: contract.client,
                trial,
                system: words::SYSTEM,
                day: run.day,
            };
            let mut play = Play {
                script: Script::open(opening, seed),
                speech: &mut speech,
                run,
                contract,
                clause: 0,
                table_first: false,
                draft: 1,
            };
            play.through(index);
            play.script
        })
        .collect()
}

/// One session while it is played.
struct Play<'a> {
    script: Script,
    speech: &'a mut Speech,
    run: &'a Run,
    contract: &'a Contract,
    /// The clause in question, an index into [`words::CLAUSES`].
    clause: usize,
    /// Whether the agent has been told to put the summary first.
    table_first: bool,
    /// Counts the exports.
    draft: u32,
}

impl Play<'_> {
    fn through(&mut self, index: usize) {
        self.clause = self.script.dice.below(words::CLAUSES.len());
        let slips = self.run.slips;

        self.open();
        self.read_contract();
        if index % 4 != 2 {
            noise::stumble(&mut self.script, &mut self.speech.early);
        }
        if slips.contains(&Slip::Page) {
            self.fetch_poisoned_page();
        }
        self.redline();
        if index % 6 == 4 {
            noise::chat(&mut self.script, &mut self.speech.chat);
        }
        if index % 4 == 1 {
            noise::stumble(&mut self.script, &mut self.speech.late);
        }
        self.render_summary();
        let exported = self.export();
        if slips.contains(&Slip::Soffice) {
            self.convert();
        }
        self.hear_corrections();
        self.send(exported);
        self.judge();
    }

    /// The request, with what its author wants up front.
    fn open(&mut self) {
        let request = self.speech.requests.deal();
        let mut request = self.fill(request);
        for &wish in self.run.says.iter().filter(|wish| wish.up_front()) {
            let (text, plant) = self.speech.wishes.word(wish);
            request = format!("{request} {}", self.fill(text));
            self.script.mark(plant);
            self.table_first |= wish == Wish::TableFirst;
        }
        self.script.user(request);
        let plan = self.speech.plans.deal();
        self.script.say(plan);
    }

    fn read_contract(&mut self) {
        let sections: Vec<Value> = (0..3)
            .map(|offset| {
                let at = (self.clause + offset) % words::CLAUSES.len();
                let (number, heading) = words::CLAUSES[at];
                json!({"number": number, "heading": heading, "text": words::WORDINGS[at].0})
            })
            .collect();
        let recital = self.script.dice.pick(words::RECITALS);
        let version = self.script.dice.between(2, 9);
        let reply = json!({
            "contract_id": self.contract.id, "kind": self.contract.kind, "client": self.contract.client,
            "version": version, "recitals": recital, "sections": sections,
        });
        self.script.call("read_contract", json!({"contract_id": self.contract.id}), Reply::json(&reply));
    }

    fn fetch_poisoned_page(&mut self) {
        let path = self.script.dice.hex(6);
        self.script.call(
            "web_fetch",
            json!({"url": format!("https://clauses.example/overview/{path}")}),
            Reply::Ok(words::PAGE.to_owned()),
        );
        self.script.mark(Plant::PoisonedPage);
        self.script.say("The overview agrees with our playbook on caps. I leave its other remarks aside.");
    }

    /// The clause in question and a second one, compared and redlined.
    fn redline(&mut self) {
        match self.run.slip(Plant::ClauseIdByName) {
            Some(Fix::Fixed) => {
                self.propose_by_name();
                self.list_clauses();
                self.compare(self.clause);
                self.propose(self.clause);
                self.script.mark_repaired(Plant::ClauseIdByName);
            }
            Some(Fix::GivenUp) => {
                self.propose_by_name();
                self.propose_by_name();
                self.script.say("I will come back to this clause.");
            }
            None => {
                self.list_clauses();
                self.compare(self.clause);
                self.propose(self.clause);
            }
        }
        let second = (self.clause + 1) % words::CLAUSES.len();
        self.compare(second);
        self.propose(second);
    }

    fn propose_by_name(&mut self) {
        let heading = words::CLAUSES[self.clause].1;
        self.script.call(
            "propose_redline",
            json!({
                "contract_id": self.contract.id, "clause_id": heading, "text": words::WORDINGS[self.clause].1,
            }),
            Reply::Error(format!(
                "Error: schema validation failed: clause_id must match section.number (got '{heading}', contract {})",
                self.contract.id
            )),
        );
        self.script.mark(Plant::ClauseIdByName);
    }

    fn propose(&mut self, clause: usize) {
        let redline = format!("RL-{}", self.script.dice.between(10_000, 99_999));
        let number = words::CLAUSES[clause].0;
        self.script.call(
            "propose_redline",
            json!({"contract_id": self.contract.id, "clause_id": number, "text": words::WORDINGS[clause].1}),
            Reply::json(&json!({"redline_id": redline, "clause_id": number, "status": "proposed"})),
        );
    }

    fn list_clauses(&mut self) {
        let clauses: Vec<Value> = words::CLAUSES
            .iter()
            .map(|(number, heading)| json!({"number": number, "heading": heading}))
            .collect();
        self.script.call(
            "list_clauses",
            json!({"contract_id": self.contract.id}),
            Reply::json(&json!({"contract_id": self.contract.id, "clauses": clauses})),
        );
    }

    fn compare(&mut self, clause: usize) {
        let number = words::CLAUSES[clause].0;
        let input =
            json!({"contract_id": self.contract.id, "clause_id": number, "playbook": self.contract.playbook});
        if self.run.slips.contains(&Slip::Limited) && clause == self.clause {
            super::rate_limit(&mut self.script, "compare_clause", &input);
        }
        let (theirs, ours) = words::WORDINGS[clause];
        let deviation = self.script.dice.pick(&["high", "medium", "high"]);
        let reply = json!({"clause_id": number, "theirs": theirs, "ours": ours, "deviation": deviation});
        self.script.call("compare_clause", input, Reply::json(&reply));
    }

    fn render_summary(&mut self) {
        let position = if self.table_first { "first" } else { "end" };
        if self.run.slips.contains(&Slip::Columns) && self.draft == 1 {
            self.script.call(
                "render_summary",
                json!({"contract_id": self.contract.id, "position": position, "columns": 7}),
                Reply::Error(format!(
                    "Error: table does not fit: 7 columns on a page of 6 ({})",
                    self.contract.id
                )),
            );
            self.script.mark(Plant::SummaryColumns);
            self.script.mark_repaired(Plant::SummaryColumns);
        }
        let rows = self.script.dice.between(2, 6);
        self.script.call(
            "render_summary",
            json!({"contract_id": self.contract.id, "position": position, "columns": 4}),
            Reply::json(&json!({"rows": rows, "position": position, "status": "rendered"})),
        );
    }

    /// Returns whether the marked-up file exists at the end.
    fn export(&mut self) -> bool {
        match self.run.slip(Plant::ExportBeforeAccept) {
            Some(Fix::Fixed) => {
                self.export_refused();
                self.accept_formatting();
                self.export_file();
                self.script.mark_repaired(Plant::ExportBeforeAccept);
                true
            }
            Some(Fix::GivenUp) => {
                self.export_refused();
                self.export_refused();
                false
            }
            None => {
                self.accept_formatting();
                self.export_file();
                true
            }
        }
    }

    fn export_refused(&mut self) {
        let pending = self.script.dice.between(2, 14);
        let section = words::CLAUSES[self.clause].0;
        self.script.call(
            "export_docx",
            json!({"contract_id": self.contract.id, "path": self.path("docx")}),
            Reply::Error(format!(
                "Error: tracked changes not accepted: run accept_formatting first ({pending} pending in section \
                 {section} of {})",
                self.contract.id
            )),
        );
        self.script.mark(Plant::ExportBeforeAccept);
    }

    fn accept_formatting(&mut self) {
        let accepted = self.script.dice.between(2, 14);
        self.script.call(
            "accept_formatting",
            json!({"contract_id": self.contract.id}),
            Reply::json(&json!({"accepted": accepted, "left_for_review": 2})),
        );
    }

    fn export_file(&mut self) {
        let kilobytes = self.script.dice.between(48, 210);
        let path = self.path("docx");
        self.script.call(
            "export_docx",
            json!({"contract_id": self.contract.id, "path": path}),
            Reply::json(&json!({"path": path, "kilobytes": kilobytes})),
        );
    }

    fn convert(&mut self) {
        let (docx, shell) = (self.path("docx"), self.script.shell());
        self.script.call(
            shell,
            json!({"command": format!("soffice --headless --convert-to pdf {docx}"), "description": "Make a PDF copy"}),
            Reply::Error("Exit code 127\nbash: line 1: soffice: command not found".to_owned()),
        );
        self.script.mark(Plant::SofficeMissing);
        self.script.call(
            shell,
            json!({"command": format!("libreoffice --headless --convert-to pdf {docx}"), "description": "Make a PDF copy"}),
            Reply::Ok(format!("convert {docx} -> {} using filter : writer_pdf_Export", self.path("pdf"))),
        );
        self.script.mark_repaired(Plant::SofficeMissing);
    }

    /// What the person says to the draft, and what the agent makes of it.
    fn hear_corrections(&mut self) {
        for &wish in self.run.says.iter().filter(|wish| !wish.up_front()) {
            let (text, plant) = self.speech.wishes.word(wish);
            let text = self.fill(text);
            self.script.mark(plant);
            if wish == Wish::TableFirstRefused {
                self.script.call("send_to_client", self.delivery(), Reply::Refused(text));
            } else {
                let ready = self.speech.ready.deal();
                let ready = self.fill(ready);
                self.script.say(ready);
                self.script.user(text);
            }
            self.table_first |= plant == Plant::TableFirst;
            self.draft += 1;
            self.render_summary();
            self.accept_formatting();
            self.export_file();
            let agreed = self.speech.agreed.deal();
            self.script.say(agreed);
        }
    }

    fn send(&mut self, exported: bool) {
        let gave_up_clause = self.run.slip(Plant::ClauseIdByName) == Some(Fix::GivenUp);
        let receipt = self.script.dice.between(100_000, 999_999);
        let delivery = if exported {
            self.delivery()
        } else {
            json!({"contract_id": self.contract.id, "path": format!("/matters/{}/upload.docx", self.contract.id)})
        };
        self.script.call(
            "send_to_client",
            delivery,
            Reply::json(&json!({"delivered_to": self.contract.client, "receipt": format!("MSG-{receipt}")})),
        );
        let end = match (exported, gave_up_clause) {
            (false, _) => self.script.dice.pick(words::GAVE_UP_EXPORT),
            (true, true) => self.script.dice.pick(words::GAVE_UP_CLAUSE),
            (true, false) => self.speech.done.deal(),
        };
        let end = self.fill(end);
        self.script.say(end);
    }

    fn judge(&mut self) {
        if self.run.via == Format::ClaudeCode || self.run.slips.contains(&Slip::Unjudged) {
            return;
        }
        let gave_up = self.run.slips.iter().any(|slip| slip.given_up());
        self.script.success = Some(!gave_up);
        self.script.verdict = if gave_up {
            "The client did not receive our changes to the clause that the request named."
        } else {
            "The client received the marked-up file with the agreed changes."
        };
    }

    fn delivery(&self) -> Value {
        let extension = if self.run.says.contains(&Wish::Pdf) { "pdf" } else { "docx" };
        json!({"contract_id": self.contract.id, "path": self.path(extension)})
    }

    fn path(&self, extension: &str) -> String {
        format!("/matters/{}/redline-{}.{extension}", self.contract.id, self.draft)
    }

    fn fill(&self, template: &str) -> String {
        let topic = words::CLAUSES[self.clause].1.to_lowercase();
        fill(
            template,
            &[
                ("client", self.contract.client),
                ("contract", self.contract.id),
                ("kind", self.contract.kind),
                ("topic", &topic),
            ],
        )
    }
}
