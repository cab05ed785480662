//! Streamable HTTP: one address, without sessions, closed to web pages.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use somnium_types::sha256_hex;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::{Server, Shelf};

/// The one path.
const PATH: &str = "/mcp";
/// Most bytes of a request: the longest arguments of a tool, many times over.
const MAX_BODY: usize = 256 << 10;
/// Connections at once; further ones wait.
const MAX_CONNECTIONS: usize = 64;
/// How long a client may take for the head of a request, for a whole request, and a connection may last.
const HEAD: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(30);
const CONNECTION: Duration = Duration::from_secs(600);

/// Where to listen, and to whom.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address. Port 0 is any that is free.
    pub address: SocketAddr,
    /// What clients have to send as a bearer token.
    pub token: Option<String>,
    /// Names by which clients may call this machine, beside those of the loopback.
    pub hosts: Vec<String>,
    /// Web pages that may call, such as `https://app.example.com:443`. None, where there are none.
    pub origins: Vec<String>,
}

/// The server cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Others could call, and nothing keeps them out.
    #[error("`{0}` can be reached from other machines, and there is no token")]
    NoToken(SocketAddr),
    /// The token is too short to keep anybody out.
    #[error("the token is shorter than {MIN_TOKEN} characters")]
    WeakToken,
    /// The address cannot be had.
    #[error("cannot listen on `{address}`")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The runtime cannot be started.
    #[error("cannot start the server")]
    Start(#[source] io::Error),
}

/// Shortest token: 128 bits in hexadecimal.
const MIN_TOKEN: usize = 32;

/// Serves whoever calls, until the process ends. `ready` is told the address.
///
/// Requests whose `Host` is not one that was allowed, or that a web page sent (`Origin`), are refused: a page that a
/// browser shows can otherwise reach what listens on the loopback.
///
/// # Errors
///
/// [`HttpError`].
pub fn serve_http(shelf: Shelf, listen: Listen, ready: impl FnOnce(SocketAddr)) -> Result<(), HttpError> {
    if listen.token.is_none() && !listen.address.ip().is_loopback() {
        return Err(HttpError::NoToken(listen.address));
    }
    if listen.token.as_ref().is_some_and(|token| token.len() < MIN_TOKEN) {
        return Err(HttpError::WeakToken);
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(HttpError::Start)?;
    runtime.block_on(async {
        let bound = |source| HttpError::Bind { address: listen.address, source };
        let listener = TcpListener::bind(listen.address).await.map_err(bound)?;
        ready(listener.local_addr().map_err(bound)?);
        accept(listener, Arc::new(Door::new(shelf, &listen))).await;
        Ok(())
    })
}

type Body = BoxBody<Bytes, std::convert::Infallible>;

/// What every connection goes through.
struct Door {
    service: StreamableHttpService<Server, NeverSessionManager>,
    token: Option<String>,
}

async fn accept(listener: TcpListener, door: Arc<Door>) {
    let seats = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        // A client that is gone again, or too many open files: the next one may do better.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let door = Arc::clone(&door);
        tokio::spawn(async move {
            let service = service_fn(move |request| {
                let door = Arc::clone(&door);
                async move { Ok::<_, std::convert::Infallible>(door.answer(request).await) }
            });
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
            // What goes wrong on a connection is the client's to notice.
            let _ = timeout(CONNECTION, builder.serve_connection(TokioIo::new(stream), service)).await;
            drop(seat);
        });
    }
}

impl Door {
    fn new(shelf: Shelf, listen: &Listen) -> Self {
        let shelf = Arc::new(shelf);
        let hosts =
            ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into_iter().chain(listen.hosts.clone());
        let config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(hosts)
            .with_allowed_origins(listen.origins.clone())
            .enforce_origin_validation()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(MAX_BODY);
        let make = move || Ok(Server::new(Arc::clone(&shelf)));
        let service = StreamableHttpService::new(make, Arc::new(NeverSessionManager::default()), config);
        Self { service, token: listen.token.clone() }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        if request.uri().path() != PATH {
            return plain(StatusCode::NOT_FOUND, "the server is at /mcp");
        }
        if !self.admits(&request) {
            let mut refused = plain(StatusCode::UNAUTHORIZED, "a bearer token is needed");
            refused.headers_mut().insert(WWW_AUTHENTICATE, hyper::header::HeaderValue::from_static("Bearer"));
            return refused;
        }
        match timeout(WHOLE, self.service.handle(request)).await {
            Ok(response) => response,
            Err(_) => plain(StatusCode::REQUEST_TIMEOUT, "the request took too long"),
        }
    }

    fn admits(&self, request: &Request<Incoming>) -> bool {
        let Some(token) = &self.token else { return true };
        let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let given = given
            .and_then(|value| value.split_once(' '))
            .filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
        // Hashes are compared, so that how long it takes says nothing about the token.
        given.is_some_and(|(_, given)| sha256_hex(given.trim().as_bytes()) == sha256_hex(token.as_bytes()))
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())).boxed());
    *response.status_mut() = status;
    response
}
