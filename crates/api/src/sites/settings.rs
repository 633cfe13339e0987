//! A site's settings: about a hundred attributes, most of them flags, as one closed table.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};

/// What a setting's value is, by the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// A text. Some of these hold numbers; JSON carries them as texts all the same.
    Text,
}

/// Every setting: its attribute, its kind, and its value on a new site where a self-hosted server has one.
const TABLE: &[(&str, Kind, Option<&str>)] = &[
    ("adminInsightsPublishFrequency", Kind::Number, None),
    ("allowSubscriptionAttachments", Kind::Flag, Some("true")),
    ("askDataMode", Kind::Text, None),
    ("attributeCaptureEnabled", Kind::Flag, None),
    ("authoringEnabled", Kind::Flag, Some("true")),
    ("autoExtractRefreshMonitoringEnabled", Kind::Flag, None),
    ("autoFlowRunMonitoringEnabled", Kind::Flag, None),
    ("autoSuspendRefreshEnabled", Kind::Flag, Some("true")),
    ("autoSuspendRefreshInactivityWindow", Kind::Number, Some("30")),
    ("blockNonExtractEnabled", Kind::Flag, None),
    ("cacheWarmupEnabled", Kind::Flag, Some("true")),
    ("catalogObfuscationEnabled", Kind::Flag, Some("false")),
    ("catalogingEnabled", Kind::Flag, Some("true")),
    ("cmekEnabled", Kind::Flag, None),
    ("commentingEnabled", Kind::Flag, Some("true")),
    ("commentingMentionsEnabled", Kind::Flag, Some("true")),
    ("contentMigrationToolEnabled", Kind::Flag, None),
    ("customSubscriptionEmail", Kind::Text, None),
    ("customSubscriptionEmailEnabled", Kind::Flag, Some("false")),
    ("customSubscriptionFooter", Kind::Text, None),
    ("customSubscriptionFooterEnabled", Kind::Flag, Some("false")),
    ("dashboardInsightsEnabled", Kind::Flag, None),
    ("dashboardInsightsGroupId", Kind::Text, None),
    ("dashboardNarrativeEnabled", Kind::Flag, None),
    ("dataAccelerationMode", Kind::Text, None),
    ("dataAlertsEnabled", Kind::Flag, Some("true")),
    ("dataOrientationEnabled", Kind::Flag, None),
    ("derivedPermissionsEnabled", Kind::Flag, Some("false")),
    ("disableSubscriptions", Kind::Flag, Some("false")),
    ("dqwSubscriptionsEnabled", Kind::Flag, None),
    ("easEnabled", Kind::Flag, None),
    ("editingFlowsEnabled", Kind::Flag, Some("true")),
    ("einsteinInFlowEnabled", Kind::Flag, None),
    ("explainDataEnabled", Kind::Flag, None),
    ("exploreInTableauEnabled", Kind::Flag, None),
    ("extractEncryptionMode", Kind::Text, Some("disabled")),
    ("flowAutoSaveEnabled", Kind::Flag, Some("true")),
    ("flowFederationStrategySelectedConnectionEnabled", Kind::Flag, None),
    ("flowOutputSubscriptionsDataAsEmailAttachmentEnabled", Kind::Flag, None),
    ("flowOutputSubscriptionsDataInEmailBodyEnabled", Kind::Flag, None),
    ("flowOutputSubscriptionsEnabled", Kind::Flag, None),
    ("flowParametersAnyTypeEnabled", Kind::Flag, None),
    ("flowParametersEnabled", Kind::Flag, None),
    ("flowParametersSystemTypeEnabled", Kind::Flag, None),
    ("flowsEnabled", Kind::Flag, Some("true")),
    ("generativeAiDataCatalog", Kind::Flag, None),
    ("generativeAiDataCatalogGroupId", Kind::Text, None),
    ("generativeAiEnabled", Kind::Flag, None),
    ("generativeAiGroupId", Kind::Text, None),
    ("generativeAiPrep", Kind::Flag, None),
    ("generativeAiPrepGroupId", Kind::Text, None),
    ("generativeAiPulse", Kind::Flag, None),
    ("generativeAiPulseDiscoverEnabled", Kind::Flag, None),
    ("generativeAiPulseDiscoverGroupId", Kind::Text, None),
    ("generativeAiPulseExternalEmbeddingsEnabled", Kind::Flag, None),
    ("generativeAiPulseExternalEmbeddingsGroupId", Kind::Text, None),
    ("generativeAiWebAuthoring", Kind::Flag, None),
    ("generativeAiWebAuthoringGroupId", Kind::Text, None),
    ("generativeAiWebAuthoringOnPremEnabled", Kind::Flag, None),
    ("groupAssertionsConnectedAppsEnabled", Kind::Flag, None),
    ("groupAssertionsEnabled", Kind::Flag, None),
    ("groupAssertionsOIDCEnabled", Kind::Flag, None),
    ("groupAssertionsSAMLEnabled", Kind::Flag, None),
    ("groupSetsEnabled", Kind::Flag, Some("true")),
    ("guestAccessEnabled", Kind::Flag, Some("false")),
    ("idpConfigurationIdForScim", Kind::Text, None),
    ("linkedTaskRunNowEnabled", Kind::Flag, Some("true")),
    ("linkedTaskSchedulingEnabled", Kind::Flag, Some("true")),
    ("loginBasedLicenseManagementEnabled", Kind::Flag, None),
    ("maxServiceTokenLimitPerUser", Kind::Number, None),
    ("metricsContentTypeEnabled", Kind::Flag, None),
    ("mfaEnforcementExemption", Kind::Flag, None),
    ("mobileBiometricsEnabled", Kind::Flag, None),
    ("namedSharingEnabled", Kind::Flag, Some("true")),
    ("notifySiteAdminsOnThrottle", Kind::Flag, Some("false")),
    ("personalSpaceEnabled", Kind::Flag, None),
    ("personalSpaceStorageQuota", Kind::Text, None),
    ("publishToSalesforceEnabled", Kind::Flag, None),
    ("pulseEnabled", Kind::Flag, None),
    ("pulseGroupId", Kind::Text, None),
    ("pulsePersonalizedRankingEnabled", Kind::Flag, None),
    ("recycleBinEnabled", Kind::Flag, None),
    ("refreshTokenAbsoluteExpiry", Kind::Number, None),
    ("requestAccessEnabled", Kind::Flag, Some("false")),
    ("revisionHistoryEnabled", Kind::Flag, Some("true")),
    ("revisionLimit", Kind::Text, Some("25")),
    ("runNowEnabled", Kind::Flag, Some("true")),
    ("schedulingFlowsEnabled", Kind::Flag, Some("true")),
    ("selfServiceScheduleForRefreshEnabled", Kind::Flag, None),
    ("sheetImageEnabled", Kind::Flag, Some("true")),
    ("siteInviteEmailEnabled", Kind::Flag, None),
    ("sitePromptedLoginFlowEnabled", Kind::Flag, None),
    ("subscribeOthersEnabled", Kind::Flag, Some("true")),
    ("tagLimit", Kind::Number, Some("50")),
    ("tierCreatorCapacity", Kind::Number, None),
    ("tierExplorerCapacity", Kind::Number, None),
    ("tierViewerCapacity", Kind::Number, None),
    ("timeZone", Kind::Text, None),
    ("useDefaultTimeZone", Kind::Flag, Some("true")),
    ("userVisibilityMode", Kind::Text, Some("FULL")),
    ("webExtractionEnabled", Kind::Flag, Some("true")),
    ("webZoneContentEnabled", Kind::Flag, None),
    ("workflowExtensionEnabled", Kind::Flag, None),
];

/// Settings of a site by their attribute's name. Only names of the schema are ever in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(BTreeMap<&'static str, String>);

/// A value that is not of its setting's kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSetting {
    name: &'static str,
    wanted: &'static str,
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the setting `{}` must be {}", self.name, self.wanted)
    }
}

impl std::error::Error for InvalidSetting {}

impl Settings {
    /// The settings of a new site.
    pub fn of_new_site() -> Self {
        Self(TABLE.iter().filter_map(|(name, _, default)| Some((*name, (*default)?.to_owned()))).collect())
    }

    /// A setting's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Gives a setting a value. `Ok(false)` when there is no such setting.
    pub fn set(&mut self, name: &str, value: &str) -> Result<bool, InvalidSetting> {
        let Some((name, kind, _)) = TABLE.iter().find(|(known, ..)| *known == name) else { return Ok(false) };
        let wanted = |wanted| InvalidSetting { name, wanted };
        let value = match kind {
            Kind::Flag => match value.trim().to_ascii_lowercase().as_str() {
                "true" | "1" => "true".to_owned(),
                "false" | "0" => "false".to_owned(),
                _ => return Err(wanted("`true` or `false`")),
            },
            Kind::Number => value.trim().parse::<i64>().map_err(|_| wanted("a whole number"))?.to_string(),
            Kind::Text => value.to_owned(),
        };
        if *name == "revisionLimit" && !value.trim().parse::<i64>().is_ok_and(|n| n == -1 || (2..=10_000).contains(&n))
        {
            return Err(wanted("-1 or a whole number from 2 to 10000"));
        }
        // Clients still send the ways in which a retired feature was on; the schema has only its ways of being off.
        if *name == "askDataMode" && !matches!(value.as_str(), "DisabledAlways" | "DisabledByDefault") {
            return Ok(true);
        }
        let value = match *name {
            "userVisibilityMode" => match value.trim().to_ascii_uppercase() {
                mode if matches!(mode.as_str(), "FULL" | "LIMITED") => mode,
                _ => return Err(wanted("`FULL` or `LIMITED`")),
            },
            _ => value,
        };
        self.0.insert(name, value);
        Ok(true)
    }

    /// Every setting that has a value, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, kind, _) in TABLE {
            let Some(value) = self.0.get(name) else { continue };
            match kind {
                Kind::Flag => map.serialize_entry(name, &(value == "true"))?,
                Kind::Number => match value.parse::<i64>() {
                    Ok(number) => map.serialize_entry(name, &number)?,
                    Err(_) => map.serialize_entry(name, value)?,
                },
                Kind::Text => map.serialize_entry(name, value)?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Settings;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("settings of a site")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
                let mut settings = Settings::default();
                while let Some(name) = map.next_key::<String>()? {
                    if !TABLE.iter().any(|(known, ..)| *known == name) {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    }
                    let value = map.next_value::<String>()?;
                    // An empty value stands for none in what clients send.
                    if !value.is_empty() {
                        settings.set(&name, &value).map_err(serde::de::Error::custom)?;
                    }
                }
                Ok(settings)
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_keeps_to_its_kind() {
        let mut settings = Settings::default();
        assert_eq!(settings.set("commentingEnabled", "False"), Ok(true));
        assert_eq!(settings.get("commentingEnabled"), Some("false"));
        assert_eq!(settings.set("unheardOf", "x"), Ok(false));
        assert_eq!(
            settings.set("tagLimit", "many").unwrap_err().to_string(),
            "the setting `tagLimit` must be a whole number"
        );
        assert!(settings.set("revisionLimit", "1").is_err());
        assert_eq!(settings.set("revisionLimit", "-1"), Ok(true));
        assert_eq!(settings.set("userVisibilityMode", "Limited"), Ok(true));
        assert_eq!(settings.get("userVisibilityMode"), Some("LIMITED"));
        assert!(settings.set("userVisibilityMode", "Some").is_err());
        assert_eq!(settings.set("askDataMode", "EnabledByDefault"), Ok(true));
        assert_eq!(settings.get("askDataMode"), None);
    }
}
