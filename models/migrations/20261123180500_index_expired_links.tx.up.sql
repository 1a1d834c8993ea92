-- The links of alerts are forgotten once they can act no more.
CREATE INDEX links_alerts_expired ON links (expires_at) WHERE purpose IN ('stop_search', 'stop_alerts');
CREATE INDEX search_rehearsals_ended ON search_rehearsals (made_at) WHERE state <> 'published';
