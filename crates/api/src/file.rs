//! Files of any size: what an endpoint that takes or gives one says instead of a message.
//!
//! Neither type has a value. The bytes stream between the network and where they are kept; a message never holds them.

use std::marker::PhantomData;

/// The request of an endpoint that takes a file of any size: a multipart body with a message of type `T` in the part
/// [`MESSAGE_PART`](crate::MESSAGE_PART) and the file in the part [`About::file_part`](crate::About::file_part).
///
/// Either part may be missing: some methods have no message, and the file of some came before, in blocks. For files of
/// the size of a message there is [`Upload`](crate::Upload).
#[derive(Debug)]
pub struct Streamed<T>(PhantomData<fn() -> T>);

/// The answer of an endpoint that gives a file. Its type and name are in the headers `Content-Type` and
/// `Content-Disposition`; published clients rely on the name.
#[derive(Debug)]
pub enum File {}
