//! The protocol's side: lists, calls, resources.

use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListResourcesResult, ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams,
    ReadResourceResponse, ReadResourceResult, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{ErrorData, ServerHandler};

use crate::{Shelf, resources, tools};

/// What clients tell their model about this server.
const INSTRUCTIONS: &str = "Notes from earlier sessions: mistakes that recur and what worked instead, how work is \
                            usually done here, what people want. Read the index (`memory_read`) when you start, search \
                            when something fails, cite the notes that you go by, and report those that are wrong.";

/// Serves a memory.
#[derive(Clone)]
pub struct Server {
    shelf: Arc<Shelf>,
}

impl Server {
    /// Returns the server of a memory.
    pub fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf }
    }

    /// Does what reads and writes files where it keeps nobody waiting.
    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shelf) -> T + Send + 'static,
    ) -> Result<T, ErrorData> {
        let shelf = Arc::clone(&self.shelf);
        let done = tokio::task::spawn_blocking(move || work(&shelf)).await;
        done.map_err(|_| ErrorData::internal_error("the call was cut off", None))
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
        let mut info = ServerConfig::new(capabilities).with_instructions(INSTRUCTIONS);
        info.server_info = Implementation::new("somnium", env!("CARGO_PKG_VERSION"));
        info
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::list()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tools::list().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = request.name.to_string();
        let answer = self.beside(move |shelf| tools::call(shelf, &name, request.arguments)).await?;
        Ok(match answer {
            None => return Err(ErrorData::invalid_params("there is no such tool", None)),
            Some(Ok(text)) => CallToolResult::success(vec![ContentBlock::text(text)]),
            Some(Err(text)) => CallToolResult::error(vec![ContentBlock::text(text)]),
        }
        .into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let cursor = request.and_then(|request| request.cursor);
        let from = match cursor.as_deref().map(str::parse::<usize>) {
            None => 0,
            Some(Ok(from)) => from,
            Some(Err(_)) => return Err(ErrorData::invalid_params("the cursor is not one of ours", None)),
        };
        let listed = self.beside(move |shelf| {
            shelf.folder().map(|folder| resources::list(folder.memory(), &shelf.reach, from))
        });
        let (page, next) =
            listed.await?.map_err(|trouble| ErrorData::internal_error(trouble.to_string(), None))?;
        let mut result = ListResourcesResult::with_all_items(page);
        result.next_cursor = next.map(|next| next.to_string());
        Ok(result)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let uri = request.uri;
        let found = self.beside(move |shelf| {
            shelf.folder().map(|folder| resources::read(folder.memory(), &shelf.reach, &uri))
        });
        match found.await?.map_err(|trouble| ErrorData::internal_error(trouble.to_string(), None))? {
            Some(contents) => Ok(ReadResourceResult::new(vec![contents]).into()),
            None => Err(ErrorData::resource_not_found("there is no such file in the memory", None)),
        }
    }
}
