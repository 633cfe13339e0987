//! What this server is.

use tavola_api::{
    ApiVersion, Content, NoBody, Text,
    server_info::{self, ProductVersion, ServerInfo, ServerInfoAnswer, ServerSettings},
};

use crate::{PRODUCT_VERSION, call::OpenCall, error::Error, router::Routes};

pub(crate) fn bind(routes: &mut Routes) {
    routes.open(server_info::GET, get);
}

async fn get(_call: OpenCall<NoBody>) -> Result<ServerInfoAnswer, Error> {
    Ok(ServerInfoAnswer {
        server_info: ServerInfo {
            product_version: ProductVersion { build: build(), value: Content(PRODUCT_VERSION.to_owned()) },
            // Flows cannot be run here; the schema wants the element all the same.
            prep_conductor_version: Some(Text(String::new())),
            rest_api_version: Text(ApiVersion::LATEST.to_string()),
            platform: Some(Text(std::env::consts::OS.to_owned())),
            server_settings: Some(ServerSettings {
                o_auth_enabled: Text(false),
                sheet_image_max_age_floor: Text(1),
                sheet_image_max_age_ceiling: Text(12 * 60),
                offline_interaction_supported_phase: Text(0),
            }),
        },
    })
}

/// A build number of the product's form that says which Tavola this is: `20262.26.0000.0100` is 0.1.0.
fn build() -> String {
    let [major, minor, patch] =
        [env!("CARGO_PKG_VERSION_MAJOR"), env!("CARGO_PKG_VERSION_MINOR"), env!("CARGO_PKG_VERSION_PATCH")]
            .map(|part| part.parse().unwrap_or(0_u32));
    format!("20262.26.{major:04}.{minor:02}{patch:02}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_build_has_the_products_form() {
        let lengths: Vec<usize> = super::build().split('.').map(str::len).collect();
        assert_eq!(lengths, [5, 2, 4, 4]);
    }
}
