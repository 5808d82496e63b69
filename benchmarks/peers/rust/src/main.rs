//! Echo on tokio and HTTP on hyper, on one thread. Usage: server echo|http [--host ADDRESS] [--port N]

use std::convert::Infallible;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HeaderValue, CONTENT_TYPE, SERVER};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::Response;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::signal::unix::{signal, SignalKind};

async fn echo(mut stream: TcpStream) {
    let mut buffer = vec![0u8; 16 * 1024];
    loop {
        match stream.read(&mut buffer).await {
            Ok(count) if count > 0 => {
                if stream.write_all(&buffer[..count]).await.is_err() {
                    return;
                }
            }
            _ => return,
        }
    }
}

async fn http(stream: TcpStream) {
    let service = service_fn(|_request| async {
        let mut response = Response::new(Full::new(Bytes::from_static(b"Hello, World!")));
        response.headers_mut().insert(SERVER, HeaderValue::from_static("hyper"));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        Ok::<_, Infallible>(response)
    });
    let mut builder = http1::Builder::new();
    builder.pipeline_flush(true);
    // the peer's way of leaving is nobody's concern
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn serve(listener: TcpListener, plaintext: bool) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        if plaintext {
            tokio::spawn(http(stream));
        } else {
            tokio::spawn(echo(stream));
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str, otherwise: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).map_or(otherwise.to_string(), |value| value.clone())
    };
    let plaintext = arguments.first().map(String::as_str) == Some("http");
    let address = format!("{}:{}", option("--host", "127.0.0.1"), option("--port", "0"));
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address.parse().map_err(std::io::Error::other)?)?;
    let listener = socket.listen(4096)?;
    println!("listening {} backend=tokio", listener.local_addr()?);
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = serve(listener, plaintext) => result,
        _ = terminate.recv() => Ok(()),
    }
}
