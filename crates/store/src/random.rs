//! The one source of randomness: the operating system's.

/// So many random bytes.
///
/// # Panics
/// When the operating system has no randomness to give: no secret may be made then.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "this is the one home of randomness")]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}
