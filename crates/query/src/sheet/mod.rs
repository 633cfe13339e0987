//! A worksheet's question.
