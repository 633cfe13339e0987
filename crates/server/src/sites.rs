//! Sites: the tenants of the server.

use std::collections::BTreeMap;

use tavola_api::{
    Count, ErrorCode, Fields, NoBody, Pagination, Word,
    sites::{
        self as wire, AccelerationReportAnswer, AuthConfiguration, AuthConfigurationList, AuthConfigurations,
        EmbeddingSettings, Recent, RecentList, Recents, Settings, Site, SiteMessage, SitePage, SiteUsage, Sites,
    },
};
use tavola_model::{AdminMode, AuthSetting};
use tavola_store::{
    recents,
    sites::{self, NewSite, SiteChange, SiteRef},
};

use crate::{
    call::{Call, Context},
    error::Error,
    oidc,
    router::{Answer, Routes},
    views, workbooks,
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::CREATE, create);
    routes.on(wire::GET, get);
    routes.on(wire::UPDATE, update);
    routes.on(wire::DELETE, delete);
    routes.on(wire::GET_EMBEDDING, get_embedding);
    routes.on(wire::UPDATE_EMBEDDING, update_embedding);
    routes.on(wire::AUTH_CONFIGURATIONS, auth_configurations);
    routes.on(wire::RECENTLY_VIEWED, recently_viewed);
    routes.on(wire::DATA_ACCELERATION_REPORT, data_acceleration_report);
}

/// The site in the path: an id, or with `key` a name or contentUrl.
fn site(context: &Context) -> Result<SiteRef, Error> {
    let named = context.parameter(0);
    match context.query.get("key") {
        None => context.id(0, Error::site_not_found).map(SiteRef::Id),
        Some("name") => Ok(SiteRef::Name(named.to_owned())),
        Some("contentUrl") => Ok(SiteRef::ContentUrl(named.to_owned())),
        Some(_) => {
            Err(Error::new(ErrorCode::INVALID_PARAMETER, "the parameter `key` is neither `name` nor `contentUrl`"))
        }
    }
}

async fn list(call: Call<NoBody>) -> Result<SitePage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    let list = sites::list(&call.context.store, &call.actor, &query).await?;
    Ok(SitePage {
        pagination: Pagination::of(query.page, list.total),
        sites: Sites { site: list.items.into_iter().map(|site| message(site, &fields)).collect() },
    })
}

async fn create(call: Call<SiteMessage>) -> Result<Answer<SiteMessage>, Error> {
    let sent = call.body.site;
    let asked = change(sent)?;
    let name = asked.name.ok_or_else(|| Error::bad_request("a site needs a name"))?;
    let content_url = asked.content_url.ok_or_else(|| Error::bad_request("a site needs a contentUrl"))?;
    let mut new = NewSite::new(name, content_url);
    new.admin_mode = asked.admin_mode.unwrap_or(new.admin_mode);
    new.user_quota = asked.user_quota.flatten();
    new.storage_quota = asked.storage_quota.flatten();
    new.settings = asked.settings;
    let site = sites::create(&call.context.store, &call.actor, new).await?;
    let location = format!("/api/{}/sites/{}", call.context.version, site.id);
    Ok(Answer::at(SiteMessage { site: message(site, &Fields::default()) }, location))
}

async fn get(call: Call<NoBody>) -> Result<SiteMessage, Error> {
    let with_usage = call.context.query.flag("includeUsage")?;
    let record = sites::get(&call.context.store, &call.actor, site(&call.context)?).await?;
    let id = record.id;
    let mut site = message(record, &call.context.fields());
    if with_usage {
        site.usage = Some(usage(sites::usage(&call.context.store, &call.actor, SiteRef::Id(id)).await?));
    }
    Ok(SiteMessage { site })
}

async fn update(call: Call<SiteMessage>) -> Result<SiteMessage, Error> {
    let id = call.context.id(0, Error::site_not_found)?;
    let record = sites::update(&call.context.store, &call.actor, id, change(call.body.site)?).await?;
    Ok(SiteMessage { site: message(record, &Fields::default()) })
}

async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    sites::delete(&call.context.store, &call.actor, site(&call.context)?).await?;
    Ok(NoBody)
}

/// The names under which the embedding settings are kept beside a site's other settings.
const UNRESTRICTED_EMBEDDING: &str = "unrestrictedEmbedding";
const ALLOW_LIST: &str = "allowList";

async fn get_embedding(call: Call<NoBody>) -> Result<SiteMessage, Error> {
    Ok(embedding(&sites::administered(&call.context.store, &call.actor).await?))
}

async fn update_embedding(call: Call<SiteMessage>) -> Result<SiteMessage, Error> {
    let Some(EmbeddingSettings { unrestricted_embedding, allow_list }) = call.body.site.embedding else {
        return Err(Error::bad_request("the body holds no embedding settings"));
    };
    let settings =
        [(UNRESTRICTED_EMBEDDING.to_owned(), unrestricted_embedding.to_string()), (ALLOW_LIST.to_owned(), allow_list)];
    let change = SiteChange { settings: settings.into(), ..SiteChange::default() };
    let record = sites::update(&call.context.store, &call.actor, call.actor.site_id(), change).await?;
    Ok(embedding(&record))
}

fn embedding(record: &sites::Site) -> SiteMessage {
    let settings = EmbeddingSettings {
        unrestricted_embedding: record.settings.get(UNRESTRICTED_EMBEDDING).is_none_or(|value| value == "true"),
        allow_list: record.settings.get(ALLOW_LIST).cloned().unwrap_or_default(),
    };
    SiteMessage { site: Site { embedding: Some(settings), ..Site::default() } }
}

/// The server's own way to sign in, and the site's identity providers.
async fn auth_configurations(call: Call<NoBody>) -> Result<AuthConfigurationList, Error> {
    let mut ways = vec![AuthConfiguration {
        auth_setting: Some(AuthSetting::ServerDefault.to_string()),
        idp_configuration_id: None,
        idp_configuration_name: Some("Server default".to_owned()),
        known_provider_alias: None,
        enabled: Some(true),
    }];
    ways.extend(oidc::ways(&call).await?);
    Ok(AuthConfigurationList { site_auth_configurations: AuthConfigurations { site_auth_configuration: ways } })
}

async fn recently_viewed(call: Call<NoBody>) -> Result<RecentList, Error> {
    let fields = Fields::default();
    let recent = recents::list(&call.context.store, &call.actor).await?.into_iter().map(|recent| match recent {
        recents::Recent::View(view) => Recent { view: Some(views::message(*view, &fields, true)), ..Recent::default() },
        recents::Recent::Workbook(workbook) => {
            Recent { workbook: Some(workbooks::message(*workbook, &fields)), ..Recent::default() }
        }
    });
    Ok(RecentList { recents: Recents { recent: recent.collect() } })
}

/// Nothing is accelerated here, as on every server since API 3.16: the report is empty.
async fn data_acceleration_report(call: Call<NoBody>) -> Result<AccelerationReportAnswer, Error> {
    sites::administered(&call.context.store, &call.actor).await?;
    Ok(AccelerationReportAnswer::default())
}

/// What a request asks to be changed. A quota that is not positive means none, as `-1` does.
fn change(sent: Site) -> Result<SiteChange, Error> {
    let Site {
        id: _,
        name,
        content_url,
        admin_mode,
        state,
        user_quota,
        storage_quota,
        settings,
        usage: _,
        embedding: _,
    } = sent;
    let quota = |name: &str, text: Option<String>| match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some("-1") => Ok(Some(None)),
        Some(text) => match text.parse::<i64>() {
            Ok(quota) if quota > 0 => Ok(Some(Some(quota))),
            _ => Err(Error::bad_request(format!("the {name} `{text}` is neither a whole number of at least 1 nor -1"))),
        },
    };
    Ok(SiteChange {
        name: name.map(|name| name.parse()).transpose()?,
        content_url: content_url.map(|content_url| content_url.parse()).transpose()?,
        admin_mode: known(admin_mode, "adminMode", ErrorCode::INVALID_SITE_ROLE)?,
        state: known(state, "state", ErrorCode::BAD_REQUEST)?,
        user_quota: quota("userQuota", user_quota)?,
        storage_quota: quota("storageQuota", storage_quota)?,
        settings: values(&settings),
    })
}

fn values(settings: &Settings) -> BTreeMap<String, String> {
    settings.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A word of a vocabulary, or the error of a wrong one.
pub(crate) fn known<T: Copy>(word: Option<Word<T>>, name: &str, code: ErrorCode) -> Result<Option<T>, Error> {
    match word {
        None => Ok(None),
        Some(Word::Known(word)) => Ok(Some(word)),
        Some(Word::Other(text)) => Err(Error::new(code, format!("`{text}` is not a value of {name}"))),
    }
}

fn message(record: sites::Site, fields: &Fields) -> Site {
    let sites::Site {
        id,
        name,
        content_url,
        admin_mode,
        state,
        user_quota,
        storage_quota,
        settings: stored,
        created_at: _,
        updated_at: _,
    } = record;
    let mut all = Settings::of_new_site();
    for (name, value) in &stored {
        // What was stored was checked; names the schema does not have are of the embedding methods.
        all.set(name, value).ok();
    }
    let mut settings = Settings::default();
    for (name, value) in all.iter().filter(|(name, _)| fields.keep_default(name, Some(())).is_some()) {
        settings.set(name, value).ok();
    }
    let quota = |quota: Option<i64>| quota.map_or_else(|| "-1".to_owned(), |quota| quota.to_string());
    // TSC and tabcmd send back what they were told, and refuse a quota of users where administrators manage no users.
    let no_user_quota = user_quota.is_none() && admin_mode == AdminMode::ContentOnly;
    Site {
        id: fields.keep_default("id", Some(Word::Known(id))),
        // Clients fail on a site without these two.
        name: Some(name),
        content_url: Some(content_url),
        admin_mode: fields.keep_default("adminMode", Some(admin_mode.into())),
        state: fields.keep_default("state", Some(state.into())),
        user_quota: if no_user_quota { None } else { fields.keep_default("userQuota", Some(quota(user_quota))) },
        storage_quota: fields.keep_default("storageQuota", Some(quota(storage_quota))),
        settings,
        usage: None,
        embedding: None,
    }
}

fn usage(usage: sites::SiteUsage) -> SiteUsage {
    let sites::SiteUsage { users, creators, explorers, viewers } = usage;
    let count = |number: i64| Count(number.unsigned_abs());
    SiteUsage {
        num_users: count(users),
        num_creators: Some(count(creators)),
        num_explorers: Some(count(explorers)),
        num_viewers: Some(count(viewers)),
        // Content cannot be published yet, so a site holds none.
        storage: Count(0),
    }
}
