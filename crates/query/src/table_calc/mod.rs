//! Table calculations: what is done to an answer's values after they came.
