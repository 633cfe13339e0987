-- Lists ask which content a capability is allowed on: the answer lies in the index, in the order it is grouped by.
DROP INDEX permission_rules_site;
CREATE INDEX permission_rules_site
    ON permission_rules (site_id, applies_to, capability, content_id, user_id, group_id, group_set_id, mode);
