//! What must hold for any bytes whatever. The fuzzer and the tests of every day call the same functions.

use super::{Multipart, MultipartError, PartHead, Step};

/// A part, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it says of itself.
    pub head: PartHead,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Reads a body that comes at once.
pub fn read_whole(content_type: &str, body: &[u8]) -> Result<Vec<Part>, MultipartError> {
    read(content_type, [body])
}

/// Reads a body that comes in pieces.
pub fn read<'a>(content_type: &str, body: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Part>, MultipartError> {
    let mut multipart = Multipart::of_content_type(content_type).ok_or(MultipartError("not multipart"))?;
    let mut parts: Vec<Part> = Vec::new();
    let mut open = false;
    for piece in body {
        multipart.feed(piece);
        while let Some(step) = multipart.next_step()? {
            match step {
                Step::Part(head) => {
                    assert!(!open, "a part begins in a part");
                    open = true;
                    parts.push(Part { head, content: Vec::new() });
                }
                Step::Content(bytes) => {
                    assert!(open && !bytes.is_empty(), "content outside of a part, or none");
                    parts.last_mut().expect("a part is open").content.extend_from_slice(&bytes);
                }
                Step::PartEnd => {
                    assert!(open, "a part ends that did not begin");
                    open = false;
                }
                Step::Over => {
                    assert!(!open && multipart.is_over(), "the body ends within a part");
                    break;
                }
            }
        }
    }
    if multipart.is_over() { Ok(parts) } else { Err(MultipartError("the body ends before its last boundary")) }
}

/// What the fuzzer calls: its bytes as a body, and as what stands in one.
pub fn anything(data: &[u8]) {
    any_bytes(data);
    let contents: Vec<Vec<u8>> = data.split(|byte| *byte == 0xFF).take(20).map(<[u8]>::to_vec).collect();
    let pieces: Vec<usize> = data.iter().take(50).map(|byte| usize::from(*byte)).collect();
    any_content(&contents, data.len().is_multiple_of(2), &pieces);
}

/// Any bytes as a body: it is read the same however it comes, and what is read was there.
pub fn any_bytes(data: &[u8]) {
    let Some((seed, body)) = data.split_first() else { return };
    let boundary = ["B", "-", "--", "xx", "\r", "a-long-boundary-as-clients-make-them"][usize::from(*seed) % 6];
    let content_type = format!("multipart/mixed; boundary=\"{boundary}\"");
    let whole = read_whole(&content_type, body);
    assert_eq!(read(&content_type, body.chunks(1)), whole, "byte by byte");
    assert_eq!(read(&content_type, body.chunks(usize::from(*seed) + 1)), whole, "in pieces of {}", *seed + 1);
    if let Ok(parts) = whole {
        for Part { content, .. } in &parts {
            assert!(content.is_empty() || body.windows(content.len()).any(|window| window == content));
        }
    }
}

/// Any content between delimiters of either line end: it comes back byte by byte.
pub fn any_content(contents: &[Vec<u8>], crlf: bool, pieces: &[usize]) {
    const BOUNDARY: &str = "B0undary";
    let end = if crlf { "\r\n" } else { "\n" };
    let mut body = Vec::new();
    let mut expected = Vec::new();
    for (number, content) in contents.iter().enumerate() {
        if content.windows(BOUNDARY.len()).any(|window| window == BOUNDARY.as_bytes()) {
            return;
        }
        body.extend_from_slice(format!("--{BOUNDARY}{end}Content-Disposition: name=\"{number}\"{end}{end}").as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(end.as_bytes());
        let head = PartHead { name: number.to_string(), ..PartHead::default() };
        expected.push(Part { head, content: content.clone() });
    }
    body.extend_from_slice(format!("--{BOUNDARY}--{end}").as_bytes());
    let mut rest = &body[..];
    let mut split = Vec::new();
    for piece in pieces {
        let (first, left) = rest.split_at((*piece).min(rest.len()));
        split.push(first);
        rest = left;
    }
    split.push(rest);
    let read = read(&format!("multipart/mixed; boundary={BOUNDARY}"), split);
    assert_eq!(read, Ok(expected));
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Bytes that delimiters and heads are made of come often.
    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![3 => prop::sample::select(b"\r\n-B: \t\"=;x".to_vec()), 1 => any::<u8>()]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_body_is_read_the_same_however_it_comes(data in vec(byte(), 0..300)) {
            anything(&data);
        }

        #[test]
        fn any_content_comes_back_whole_in_any_pieces(
            contents in vec(vec(byte(), 0..200), 1..4), crlf: bool, pieces in vec(0..60_usize, 0..20)
        ) {
            any_content(&contents, crlf, &pieces);
        }
    }
}
