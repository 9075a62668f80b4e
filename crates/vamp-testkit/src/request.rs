//! Requests, for tests that stand in for an HTTP server.

use std::io::BufRead;

/// Reads one request: its head, with the empty line that ends it, and its body; nothing when the connection has ended, or what
/// comes is no text.
pub fn read(reader: &mut impl BufRead) -> Option<(String, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.to_lowercase().lines().find_map(|line| {
        let length = line.strip_prefix("content-length: ")?;
        length.trim().parse().ok()
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_follow_each_other_on_one_connection() {
        let mut said: &[u8] = b"PUT /a HTTP/1.1\r\nContent-Length: 3\r\n\r\n{1}GET /b HTTP/1.1\r\n\r\n";
        let (head, body) = read(&mut said).unwrap();
        assert!(head.starts_with("PUT /a ") && head.ends_with("\r\n\r\n"));
        assert_eq!(body, "{1}");
        assert_eq!(read(&mut said).unwrap().1, "");
        assert_eq!(read(&mut said), None);
    }
}
