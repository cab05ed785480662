//! A memory folder as an MCP server: what agents can read, find, cite and report.
//!
//! [`Shelf`] is the memory with what an agent may do to it; [`Server`] speaks the protocol, with the official SDK;
//! [`serve_stdio`] and [`serve_http`] connect it. Nothing here changes a note: citing and reporting are lines of the
//! folder's log.
#![warn(missing_docs)]

mod http;
mod resources;
mod server;
mod shelf;
mod tools;

use std::sync::Arc;

use rmcp::ServiceExt;

pub use http::{HttpError, Listen, serve_http};
pub use server::Server;
pub use shelf::{Shelf, Trouble};

/// Serves one client on standard input and output, until it hangs up.
///
/// # Errors
///
/// What starting the runtime or the first exchange with the client returns.
pub fn serve_stdio(shelf: Shelf) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = Server::new(Arc::new(shelf)).serve(rmcp::transport::stdio()).await?;
        server.waiting().await?;
        Ok(())
    })
}
