//! Site roles: what a user may at most do on a site.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// A user's role on a site.
    SiteRole, "site role" {
        ServerAdministrator,
        SiteAdministratorCreator,
        SiteAdministratorExplorer,
        Creator,
        ExplorerCanPublish,
        Explorer,
        Viewer,
        SupportUser,
        Guest,
        Unlicensed,
    }
    // Names of API versions before 3.0, accepted as input for ever.
    also {
        "SiteAdministrator" => SiteAdministratorExplorer,
        "Publisher" => ExplorerCanPublish,
        "Interactor" => Explorer,
        "ViewerWithPublish" => ExplorerCanPublish,
        "ReadOnly" => Viewer,
        "UnlicensedWithPublish" => Unlicensed,
    }
}

impl SiteRole {
    /// Whether this role administers the whole server.
    pub fn administers_server(self) -> bool {
        self == Self::ServerAdministrator
    }

    /// Whether this role administers its site.
    pub fn administers_site(self) -> bool {
        matches!(self, Self::ServerAdministrator | Self::SiteAdministratorCreator | Self::SiteAdministratorExplorer)
    }

    /// Whether a user of this role may sign in.
    pub fn may_sign_in(self) -> bool {
        !matches!(self, Self::Unlicensed | Self::Guest)
    }

    /// Whether a user of this role may publish content.
    pub fn may_publish(self) -> bool {
        self.administers_site() || matches!(self, Self::Creator | Self::ExplorerCanPublish)
    }

    /// Whether the API lets an administrator give this role (only a server administrator may give
    /// [`SiteRole::ServerAdministrator`]).
    pub fn may_be_given(self) -> bool {
        !matches!(self, Self::SupportUser | Self::Guest)
    }

    /// Whether a group may give its members this role. Who administers the server is named one by one.
    pub fn may_be_minimum(self) -> bool {
        self.may_be_given() && !self.administers_server()
    }

    /// The role of a user of this role whose group gives at least another: whoever has it may all that either may.
    pub fn at_least(self, minimum: Self) -> Self {
        let roles = [self, minimum];
        if roles.contains(&Self::SiteAdministratorExplorer) && roles.contains(&Self::Creator) {
            return Self::SiteAdministratorCreator;
        }
        let rank = |role: &Self| Self::ALL.iter().position(|other| other == role);
        roles.into_iter().min_by_key(rank).unwrap_or(self)
    }

    /// Which of the licence tiers this role takes.
    pub fn licence(self) -> Licence {
        match self {
            Self::ServerAdministrator | Self::SiteAdministratorCreator | Self::Creator => Licence::Creator,
            Self::SiteAdministratorExplorer | Self::ExplorerCanPublish | Self::Explorer => Licence::Explorer,
            Self::Viewer | Self::SupportUser | Self::Guest => Licence::Viewer,
            Self::Unlicensed => Licence::None,
        }
    }
}

/// The licence tiers that a site's capacities count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Licence {
    /// May make new data connections.
    Creator,
    /// May author from what is there.
    Explorer,
    /// May look.
    Viewer,
    /// May not sign in.
    None,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ContentKind;

    #[test]
    fn legacy_names_mean_todays_roles() {
        assert_eq!("Interactor".parse(), Ok(SiteRole::Explorer));
        assert_eq!("Publisher".parse(), Ok(SiteRole::ExplorerCanPublish));
        assert_eq!("SiteAdministrator".parse(), Ok(SiteRole::SiteAdministratorExplorer));
    }

    #[test]
    fn a_group_takes_nothing_away_from_who_is_in_it() {
        use SiteRole::*;
        for (role, minimum, both) in [
            (Unlicensed, Viewer, Viewer),
            (Viewer, Unlicensed, Viewer),
            (Explorer, ExplorerCanPublish, ExplorerCanPublish),
            (Creator, Explorer, Creator),
            (Creator, SiteAdministratorExplorer, SiteAdministratorCreator),
            (SiteAdministratorExplorer, Creator, SiteAdministratorCreator),
            (SiteAdministratorExplorer, Explorer, SiteAdministratorExplorer),
            (ServerAdministrator, Creator, ServerAdministrator),
        ] {
            assert_eq!(role.at_least(minimum), both, "{role} {minimum}");
        }
        for (role, minimum) in SiteRole::ALL.iter().flat_map(|role| SiteRole::ALL.iter().map(|other| (*role, *other))) {
            let both = role.at_least(minimum);
            for kind in ContentKind::ALL {
                for (capability, _) in kind.capabilities() {
                    let either = [role, minimum].iter().any(|role| role.may_have(*kind, *capability));
                    assert!(!either || both.may_have(*kind, *capability), "{role} {minimum} {kind} {capability}");
                }
            }
            assert!(both.may_publish() || !(role.may_publish() || minimum.may_publish()), "{role} {minimum}");
        }
    }

    #[test]
    fn roles_are_written_as_the_reference_has_them() {
        assert_eq!(SiteRole::SiteAdministratorCreator.to_string(), "SiteAdministratorCreator");
        assert!("creator".parse::<SiteRole>().is_err());
    }
}
