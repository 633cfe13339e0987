//! Users' saved data credentials: this server keeps none.

use tavola_api::{
    ErrorCode, NoBody,
    saved_credentials::{self as wire, Destination, Keychains, SavedCredentials},
};
use tavola_store::users;

use crate::{call::Call, error::Error, router::Routes};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::DOWNLOAD, download);
    routes.on(wire::UPLOAD, upload);
}

/// An existing user's credentials: none.
async fn download(call: Call<Destination>) -> Result<SavedCredentials, Error> {
    let user = call.context.id(1, Error::user_not_found)?;
    users::administered(&call.context.store, &call.actor, user).await?;
    Ok(SavedCredentials::default())
}

/// Another server's keychains are encrypted with a key that only the closed product has.
async fn upload(call: Call<SavedCredentials>) -> Result<NoBody, Error> {
    let user = call.context.id(1, Error::user_not_found)?;
    users::administered(&call.context.store, &call.actor, user).await?;
    readable(&call.body.encrypted_keychain_list)
}

/// Whether these keychains can be read: only where there are none.
pub(crate) fn readable(keychains: &Keychains) -> Result<NoBody, Error> {
    if keychains.encrypted_keychain.is_empty() {
        Ok(NoBody)
    } else {
        Err(Error::new(
            ErrorCode::FEATURE_DISABLED,
            "this server cannot read the encrypted credentials of another; users enter them again",
        ))
    }
}
