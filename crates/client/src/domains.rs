//! The domains that users are of.

use tavola_api::domains::{Domain, DomainMessage, LIST, UPDATE};

use crate::{Client, Error, PathValue};

/// The methods about domains, by [`Client::domains`].
#[derive(Debug, Clone, Copy)]
pub struct DomainsRoom<'a>(&'a Client);

impl Client {
    /// The methods about domains.
    pub fn domains(&self) -> DomainsRoom<'_> {
        DomainsRoom(self)
    }
}

impl DomainsRoom<'_> {
    /// “List Server Active Directory Domains”.
    pub async fn list(&self) -> Result<Vec<Domain>, Error> {
        self.0.call(&LIST, &[], &[], None).await.map(|answer| answer.domain_list.domain)
    }

    /// “Update Server Active Directory Domain”: what is `None` stays as it is.
    pub async fn update(&self, id: &str, changes: &Domain) -> Result<Domain, Error> {
        let body = DomainMessage { domain: changes.clone() };
        self.0.call(&UPDATE, &[PathValue::Of(&id)], &[], Some(&body)).await.map(|answer| answer.domain)
    }
}
