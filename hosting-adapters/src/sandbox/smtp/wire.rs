//! Lines in, replies out.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// The longest command line. RFC 5321 asks for 512 and lets extensions lengthen it.
const MAX_COMMAND: u64 = 4_096;
/// The longest line of a message; RFC 5321 asks for 1000.
const MAX_TEXT_LINE: u64 = 65_536;
/// A silent client is let go (RFC 5321 asks for five minutes at least).
const IDLE: Duration = Duration::from_mins(5);

pub(super) struct Wire {
    stream: BufReader<TcpStream>,
}

/// What came in.
pub(super) enum Line {
    /// A line without its end.
    Text(Vec<u8>),
    /// A line that is too long; the rest of it was dropped.
    TooLong,
    /// The client is gone, or silent for too long.
    End,
}

/// A message as it came in.
pub(super) enum Body {
    Whole(Vec<u8>),
    TooLarge,
    /// The client went away before the final dot.
    Cut,
}

impl Wire {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream: BufReader::new(stream) }
    }

    pub(super) async fn reply(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(format!("{text}\r\n").as_bytes()).await?;
        self.stream.flush().await
    }

    pub(super) async fn command(&mut self) -> io::Result<Line> {
        self.line(MAX_COMMAND).await
    }

    /// Reads a message up to the line that is a single dot, and takes the stuffed dots out.
    pub(super) async fn message(&mut self, max: usize) -> io::Result<Body> {
        let mut body = Vec::new();
        let mut fits = true;
        loop {
            let line = match self.line(MAX_TEXT_LINE).await? {
                Line::End => return Ok(Body::Cut),
                Line::TooLong => {
                    fits = false;
                    continue;
                }
                Line::Text(line) => line,
            };
            if line == b"." {
                return Ok(if fits { Body::Whole(body) } else { Body::TooLarge });
            }
            let line = line.strip_prefix(b".").unwrap_or(&line);
            if body.len() + line.len() + 2 > max {
                fits = false;
            }
            if fits {
                body.extend_from_slice(line);
                body.extend_from_slice(b"\r\n");
            }
        }
    }

    /// Waits until the client hangs up, ten minutes at most.
    pub(super) async fn until_gone(&mut self) {
        let mut scrap = [0_u8; 512];
        let gone = async { while matches!(self.stream.read(&mut scrap).await, Ok(1..)) {} };
        // Either way the connection is closed next.
        let _ = tokio::time::timeout(Duration::from_mins(10), gone).await;
    }

    async fn line(&mut self, max: u64) -> io::Result<Line> {
        let mut line = Vec::new();
        let read = (&mut self.stream).take(max);
        let mut read = read;
        match tokio::time::timeout(IDLE, read.read_until(b'\n', &mut line)).await {
            Err(_) => return Ok(Line::End),
            Ok(read) => read?,
        };
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Ok(Line::Text(line));
        }
        if line.len() as u64 == max {
            return self.drop_rest_of_line().await;
        }
        Ok(Line::End)
    }

    async fn drop_rest_of_line(&mut self) -> io::Result<Line> {
        loop {
            let Ok(buffer) = tokio::time::timeout(IDLE, self.stream.fill_buf()).await else {
                return Ok(Line::End);
            };
            let buffer = buffer?;
            let (end, length) = (buffer.iter().position(|it| *it == b'\n'), buffer.len());
            if length == 0 {
                return Ok(Line::End);
            }
            self.stream.consume(end.map_or(length, |at| at + 1));
            if end.is_some() {
                return Ok(Line::TooLong);
            }
        }
    }
}
