//! `somnium mcp`: the memory as an MCP server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use somnium_mcp::{HttpError, Listen, Shelf, Trouble, serve_http, serve_stdio};
use somnium_memory::tool::Reach;
use somnium_types::{Clock, SystemClock};

use super::Outcome;
use crate::fault::{Fault, hint, warn};
use crate::memory_folder;
use crate::person::change_id;

/// Serves a memory to agents over the Model Context Protocol: to read, to search, to cite notes and to report wrong ones.
///
/// Without `--listen` it speaks with the one client that started it, over standard input and output. With `--listen` it
/// serves streamable HTTP at `http://ADDRESS/mcp`, to this machine alone unless you say otherwise. No tool changes a
/// note.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  somnium mcp --memory memory
  claude mcp add memory -- somnium mcp --memory ~/memory
  somnium mcp --memory memory --listen 127.0.0.1:7878")]
pub(crate) struct Args {
    /// The memory folder
    #[arg(long = "memory", value_name = "DIR")]
    folder: PathBuf,
    /// Who the agent is, for the history
    #[arg(long, value_name = "NAME", default_value = "mcp")]
    agent: String,
    /// The person whose sessions these are: their file under `people/` can be read, and nobody else's
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Serve HTTP on this address and port; any free one for port 0
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// A file with the bearer token that clients have to send, of 32 characters or more; needed where other machines
    /// can reach the address
    #[arg(long, value_name = "FILE", requires = "listen")]
    token_file: Option<PathBuf>,
    /// A further name by which clients call this machine, such as `memory.example.com`
    #[arg(long, value_name = "HOST", requires = "listen")]
    allow_host: Vec<String>,
    /// A web page that may call, such as `https://app.example.com:443`; none may by default
    #[arg(long, value_name = "ORIGIN", requires = "listen")]
    allow_origin: Vec<String>,
}

impl Args {
    pub(super) fn run(self) -> Outcome {
        // Says once what is to be said of the folder, and that there is one.
        memory_folder::open_existing(&self.folder)?;
        let token = self.token()?;
        let folder = self.folder;
        let shelf = Shelf {
            open: Box::new(move || {
                memory_folder::reopen(&folder).map_err(|fault| {
                    let trouble = Trouble::of(fault.code().unwrap_or("SOM010"));
                    if !trouble.is_busy {
                        warn(&fault.message());
                    }
                    trouble
                })
            }),
            change_id,
            now: || SystemClock.now(),
            agent: self.agent,
            reach: Reach { person: self.person },
        };
        let Some(address) = self.listen else {
            serve_stdio(shelf).map_err(|error| Fault::from_error("SOM040", &*error))?;
            return Ok(ExitCode::SUCCESS);
        };
        let listen = Listen { address, token, hosts: self.allow_host, origins: self.allow_origin };
        serve_http(shelf, listen, |address| hint(&format!("listening on http://{address}/mcp")))
            .map_err(|error| fault(&error))?;
        Ok(ExitCode::SUCCESS)
    }

    fn token(&self) -> Result<Option<String>, Fault> {
        let Some(path) = &self.token_file else { return Ok(None) };
        let read = std::fs::read_to_string(path).map_err(|error| {
            Fault::new("SOM002", format!("cannot read `{}`", path.display())).because(error)
        })?;
        Ok(Some(read.trim().to_owned()))
    }
}

fn fault(error: &HttpError) -> Fault {
    let told = Fault::from_error("SOM040", error);
    match error {
        HttpError::NoToken(_) | HttpError::WeakToken => {
            told.hint("`--token-file FILE` names the file with a token of 32 characters or more, such as `openssl rand -hex 32` prints")
        }
        HttpError::Bind { .. } | HttpError::Start(_) => told,
    }
}
