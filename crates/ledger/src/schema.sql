-- The views: folds over the log. Nothing here is the truth; the file can be deleted and is rebuilt by replay.
-- Ids of 64 bits are stored as SQLite integers by their bits; instants are microseconds since 1970 UTC.

CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE versions (aggregate TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;

-- What was done to alerts and cases, in order.
CREATE TABLE history (
    aggregate TEXT NOT NULL, idx INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (aggregate, idx)
) WITHOUT ROWID;

CREATE TABLE employees (id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, json TEXT NOT NULL);
CREATE TABLE assignments (number TEXT NOT NULL, from_at INTEGER NOT NULL, idx INTEGER NOT NULL, employee INTEGER,
    PRIMARY KEY (number, from_at, idx)) WITHOUT ROWID;
CREATE INDEX assignments_by_employee ON assignments (employee, number);
-- Secrets stay in the log's sealed entries: of a source only its entries are known here, of a user the one with the hash.
CREATE TABLE sources (id INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (id, idx)) WITHOUT ROWID;
-- What happened at a source's platform: handshake, who was turned away, what it says.
CREATE TABLE connections (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE users (id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE, json TEXT NOT NULL, password INTEGER NOT NULL,
    last_sign_in INTEGER);
CREATE TABLE reads (
    idx INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, purpose TEXT NOT NULL, what TEXT NOT NULL, why TEXT NOT NULL
);
CREATE INDEX reads_by_actor ON reads (actor, idx);
CREATE INDEX reads_by_purpose ON reads (purpose, idx);
CREATE INDEX reads_by_why ON reads (why, idx);
CREATE INDEX reads_by_time ON reads (at);
-- What each look was at, by the ids of alerts, cases, conversations and clients.
CREATE TABLE reads_of (subject INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (subject, idx)) WITHOUT ROWID;

-- What was searched for; reads name it. Words about people: forgotten when they are erased.
CREATE TABLE searches (id INTEGER PRIMARY KEY, query TEXT NOT NULL);

-- Deliveries, and what they held.
CREATE TABLE deliveries (idx INTEGER PRIMARY KEY, source INTEGER NOT NULL, at INTEGER NOT NULL, items INTEGER, complete INTEGER);
CREATE INDEX deliveries_unread ON deliveries (idx) WHERE items IS NULL;
CREATE INDEX deliveries_by_source ON deliveries (source, at);
CREATE TABLE unknown (what TEXT PRIMARY KEY, count INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE numbers (
    number TEXT PRIMARY KEY, id INTEGER NOT NULL, source INTEGER NOT NULL, json TEXT NOT NULL, display TEXT,
    first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
    received INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0, unknown INTEGER NOT NULL DEFAULT 0,
    unavailable INTEGER NOT NULL DEFAULT 0, awaited INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0,
    gap_at INTEGER, gap_reason TEXT
) WITHOUT ROWID;
CREATE INDEX numbers_by_id ON numbers (id);

-- What was captured of a number in an hour since 1970 UTC: bounded by numbers times hours. The same over all numbers.
CREATE TABLE hours (
    number TEXT NOT NULL, hour INTEGER NOT NULL, received INTEGER NOT NULL DEFAULT 0, sent INTEGER NOT NULL DEFAULT 0,
    edited INTEGER NOT NULL DEFAULT 0, revoked INTEGER NOT NULL DEFAULT 0, unavailable INTEGER NOT NULL DEFAULT 0,
    unknown INTEGER NOT NULL DEFAULT 0, missing INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (number, hour)
) WITHOUT ROWID;
CREATE TABLE captured (hour INTEGER PRIMARY KEY, messages INTEGER NOT NULL);
CREATE TABLE gaps (number TEXT NOT NULL, from_at INTEGER NOT NULL, until_at INTEGER, reason TEXT NOT NULL,
    PRIMARY KEY (number, from_at)) WITHOUT ROWID;
CREATE TABLE heard (source INTEGER PRIMARY KEY, deliveries INTEGER NOT NULL, messages INTEGER NOT NULL);
CREATE TABLE turned_away (source INTEGER NOT NULL, hour INTEGER NOT NULL, why TEXT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (source, hour, why)) WITHOUT ROWID;

-- Documents in order of arrival: the row is a document's number here, by which whatever every message adds to is kept, so that it is
-- added at the end, however much there is. The id, a hash, is looked up in this index alone. Numbers mean nothing outside: a rebuild may
-- give others where entries were erased.
CREATE TABLE docs (row INTEGER PRIMARY KEY, doc INTEGER NOT NULL UNIQUE);

-- Items about a document, where they lie in the log. Nobody may read one that waits.
CREATE TABLE items (
    idx INTEGER PRIMARY KEY, row INTEGER, number TEXT NOT NULL, at INTEGER NOT NULL, source INTEGER NOT NULL, waits INTEGER NOT NULL
);
CREATE INDEX items_by_row ON items (row) WHERE row IS NOT NULL;
CREATE INDEX numbers_by_display ON numbers (display) WHERE display IS NOT NULL;
CREATE INDEX items_by_number ON items (number, idx);
CREATE INDEX items_waiting ON items (number) WHERE waits = 1;

-- Clients: identities, what links two of them, and what people decided about that (docs/decisions/0017). A person has the id of
-- its oldest identity. A split begins another identity of the same value: cut is its entry, 0 where there was none.
CREATE TABLE identities (
    id INTEGER PRIMARY KEY, scheme TEXT NOT NULL, value TEXT NOT NULL, from_at INTEGER NOT NULL, cut INTEGER NOT NULL,
    contact INTEGER NOT NULL, born INTEGER NOT NULL, alike TEXT, seen_as INTEGER NOT NULL,
    first_at INTEGER, first_idx INTEGER, last_at INTEGER, last_idx INTEGER
);
CREATE UNIQUE INDEX identities_by_value ON identities (scheme, value, from_at, cut);
CREATE INDEX identities_by_contact ON identities (contact);
CREATE INDEX identities_alike ON identities (alike, contact) WHERE alike IS NOT NULL;
CREATE INDEX identities_by_cut ON identities (cut) WHERE cut > 0;
CREATE TABLE identity_links (
    one INTEGER NOT NULL, other INTEGER NOT NULL, why TEXT NOT NULL, decision INTEGER NOT NULL, idx INTEGER NOT NULL,
    held INTEGER NOT NULL, PRIMARY KEY (one, other, why, decision)
) WITHOUT ROWID;
CREATE INDEX identity_links_by_other ON identity_links (other);
CREATE INDEX identity_links_held ON identity_links (idx) WHERE held = 1;
CREATE TABLE former_identities (id INTEGER PRIMARY KEY, identity INTEGER NOT NULL);
CREATE TABLE usernames (
    identity INTEGER NOT NULL, username TEXT NOT NULL, first_at INTEGER NOT NULL, first_idx INTEGER NOT NULL,
    last_at INTEGER NOT NULL, last_idx INTEGER NOT NULL, PRIMARY KEY (identity, username)
) WITHOUT ROWID;
CREATE INDEX usernames_by_name ON usernames (username);
CREATE TABLE contacts (id INTEGER PRIMARY KEY, idx INTEGER NOT NULL);
CREATE INDEX contacts_by_age ON contacts (idx DESC, id);
CREATE TABLE contact_decisions (idx INTEGER PRIMARY KEY, at INTEGER NOT NULL, actor TEXT NOT NULL, event TEXT NOT NULL, undone INTEGER);
CREATE TABLE contact_decisions_of (identity INTEGER NOT NULL, decision INTEGER NOT NULL, PRIMARY KEY (identity, decision)) WITHOUT ROWID;
CREATE TABLE members (contact INTEGER NOT NULL, conversation INTEGER NOT NULL, PRIMARY KEY (contact, conversation)) WITHOUT ROWID;

CREATE TABLE conversations (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL, contact INTEGER, grp TEXT, merged_into INTEGER,
    messages INTEGER NOT NULL DEFAULT 0, last_at INTEGER NOT NULL DEFAULT 0, last_doc INTEGER,
    first_at INTEGER, first_doc INTEGER
);
CREATE INDEX conversations_by_time ON conversations (last_at, id) WHERE messages > 0;
CREATE INDEX conversations_by_contact ON conversations (contact);
CREATE INDEX conversations_by_number ON conversations (number);
CREATE INDEX conversations_emptied ON conversations (merged_into) WHERE merged_into IS NOT NULL;

-- A message as a conversation shows it; reply_to is a row too.
CREATE TABLE messages (
    row INTEGER PRIMARY KEY, doc INTEGER NOT NULL, conversation INTEGER NOT NULL, at INTEGER NOT NULL, reply_to INTEGER, status TEXT, json TEXT NOT NULL
);
CREATE INDEX messages_by_reply ON messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX messages_by_conversation ON messages (conversation, at, doc);
CREATE TABLE statuses (row INTEGER NOT NULL, status TEXT NOT NULL, participant TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (row, status, participant)) WITHOUT ROWID;

-- Documents: what policies and search see, by revision. A superseded revision whose words differ stays searchable.
CREATE TABLE documents (
    row INTEGER NOT NULL, doc INTEGER NOT NULL, revision INTEGER NOT NULL, version_item INTEGER NOT NULL, at INTEGER NOT NULL,
    changed INTEGER NOT NULL, ordinal INTEGER NOT NULL, live INTEGER NOT NULL, json TEXT NOT NULL
);
CREATE UNIQUE INDEX documents_by_row ON documents (row, revision);
CREATE INDEX documents_by_change ON documents (changed, ordinal);
-- What was found on a revision, so that a page can say that the revision after it is found no more.
CREATE TABLE findings (
    doc INTEGER NOT NULL, revision INTEGER NOT NULL, policy TEXT NOT NULL, idx INTEGER NOT NULL, detectors INTEGER NOT NULL,
    PRIMARY KEY (doc, revision, policy)
) WITHOUT ROWID;
CREATE TABLE gone (doc INTEGER NOT NULL, revision INTEGER NOT NULL, changed INTEGER NOT NULL, PRIMARY KEY (doc, revision)) WITHOUT ROWID;
CREATE INDEX gone_by_change ON gone (changed);
-- The next revision of documents that lost one: a number is never used twice.
CREATE TABLE revisions (row INTEGER PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE sightings (key TEXT NOT NULL, row INTEGER NOT NULL, conversation INTEGER NOT NULL, at INTEGER NOT NULL, incoming INTEGER NOT NULL,
    PRIMARY KEY (key, row)) WITHOUT ROWID;
CREATE INDEX sightings_by_row ON sightings (row);

CREATE TABLE media (
    item INTEGER NOT NULL, media TEXT NOT NULL, source INTEGER NOT NULL, number TEXT NOT NULL, hour INTEGER NOT NULL, row INTEGER,
    asked_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, tried_at INTEGER, declared TEXT,
    entry INTEGER, mime TEXT, size INTEGER, failed TEXT,
    PRIMARY KEY (item, media)
) WITHOUT ROWID;
CREATE INDEX media_wanted ON media (asked_at) WHERE entry IS NULL AND failed IS NULL;
CREATE INDEX media_by_entry ON media (entry);
CREATE INDEX media_by_row ON media (row);

-- rank is the severity negated and outcome the disposition's word, so that the indexes hold the order of every queue;
-- closed stands in them too, because only then does SQLite read a partial index alone.
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY, idx INTEGER NOT NULL, json TEXT NOT NULL, closed INTEGER NOT NULL, rank INTEGER NOT NULL,
    opened_at INTEGER NOT NULL, closed_at INTEGER, last_at INTEGER NOT NULL, conversation INTEGER NOT NULL, employee INTEGER,
    contact INTEGER, team TEXT, region TEXT, claimed_by INTEGER, escalated INTEGER NOT NULL, outcome TEXT,
    reasons INTEGER NOT NULL, found_doc INTEGER
);
CREATE INDEX alerts_open ON alerts (rank, opened_at, id, claimed_by, escalated, closed) WHERE closed = 0;
CREATE INDEX alerts_claimed ON alerts (claimed_by, rank, opened_at, id) WHERE closed = 0 AND claimed_by IS NOT NULL;
CREATE INDEX alerts_escalated ON alerts (rank, opened_at, id) WHERE closed = 0 AND escalated = 1;
CREATE INDEX alerts_of_team ON alerts (team, rank, opened_at, id, closed) WHERE closed = 0;
CREATE INDEX alerts_of_region ON alerts (region, rank, opened_at, id, closed) WHERE closed = 0;
CREATE INDEX alerts_closed ON alerts (closed_at, id, outcome, claimed_by, closed) WHERE closed = 1;
CREATE INDEX alerts_closed_of_team ON alerts (team, closed_at, id) WHERE closed = 1;
CREATE INDEX alerts_closed_of_region ON alerts (region, closed_at, id) WHERE closed = 1;
CREATE INDEX alerts_by_conversation ON alerts (conversation, closed, idx);
CREATE INDEX alerts_by_employee ON alerts (employee, closed, closed_at, outcome);
CREATE INDEX alerts_by_contact ON alerts (contact, closed, closed_at, outcome);
CREATE INDEX alerts_by_number ON alerts (idx);
CREATE INDEX alerts_by_age ON alerts (opened_at, id, claimed_by, escalated, closed) WHERE closed = 0;
CREATE INDEX alerts_alike ON alerts (reasons, id) WHERE closed = 0;
-- Alerts opened and closed by the hour since 1970 UTC; one that is reopened counts as not closed.
CREATE TABLE alert_hours (hour INTEGER PRIMARY KEY, opened INTEGER NOT NULL, confirmed INTEGER NOT NULL, dismissed INTEGER NOT NULL);
-- The order of every queue again, for those that show one policy only.
CREATE TABLE alert_policies (
    alert INTEGER NOT NULL, policy TEXT NOT NULL, closed INTEGER NOT NULL, rank INTEGER NOT NULL, opened_at INTEGER NOT NULL,
    PRIMARY KEY (alert, policy)
) WITHOUT ROWID;
CREATE TABLE alert_documents (document INTEGER NOT NULL, alert INTEGER NOT NULL, PRIMARY KEY (document, alert)) WITHOUT ROWID;
CREATE INDEX alerts_of_policy ON alert_policies (policy, closed, rank, opened_at, alert);
CREATE TABLE queues (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, shared INTEGER NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL);
CREATE INDEX queues_by_owner ON queues (owner);
CREATE TABLE cases (id INTEGER PRIMARY KEY, idx INTEGER NOT NULL, json TEXT NOT NULL, closed INTEGER NOT NULL, opened_at INTEGER NOT NULL);
CREATE INDEX cases_by_state ON cases (closed, idx DESC);
CREATE INDEX cases_by_number ON cases (idx);

-- What is the company's, by the entry that says so; from when until when it counts, where it counts at all.
CREATE TABLE registry (
    idx INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, counts INTEGER NOT NULL, waits INTEGER NOT NULL,
    from_at INTEGER NOT NULL, until_at INTEGER NOT NULL, words TEXT NOT NULL, json TEXT NOT NULL
);
CREATE INDEX registry_by_kind ON registry (kind, key, idx);
CREATE INDEX registry_by_key ON registry (key);
CREATE INDEX registry_waiting ON registry (idx) WHERE waits = 1;
-- The other names under which entries are looked up: hosts, other forms of a value, whose an authority is, for whom an approval.
CREATE TABLE registry_names (what TEXT NOT NULL, name TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (what, name, idx)) WITHOUT ROWID;
CREATE INDEX registry_names_of ON registry_names (idx);
-- What items of the price list are called, by the first word.
CREATE TABLE registry_items (word TEXT NOT NULL, phrase TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (word, phrase, idx)) WITHOUT ROWID;
CREATE INDEX registry_items_of ON registry_items (idx);
-- Where web and mail addresses stand, outermost label of the host first.
CREATE TABLE sighted_hosts (host TEXT NOT NULL, row INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (host, row)) WITHOUT ROWID;
CREATE INDEX sighted_hosts_by_row ON sighted_hosts (row);
-- Documents of the firm that name an amount or a discount, with the lines of the registry that they go against.
CREATE TABLE offers (
    row INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, at INTEGER NOT NULL, money INTEGER NOT NULL, discount INTEGER NOT NULL,
    below INTEGER, over INTEGER
);
CREATE INDEX offers_by_time ON offers (at, row);
CREATE INDEX offers_by_conversation ON offers (conversation, at);
-- Documents that a change of the registry concerns and that are not judged anew yet: one by one, and walks through a time.
CREATE TABLE rejudging (row INTEGER PRIMARY KEY);
CREATE TABLE rejudging_spans (what TEXT PRIMARY KEY, from_at INTEGER NOT NULL, until_at INTEGER NOT NULL, at INTEGER NOT NULL, row INTEGER NOT NULL) WITHOUT ROWID;

-- Rules: policies, lists and macros, where each stands (draft, proposal, newest version, tests), and every version of each. Of a
-- policy the findings of each version are counted, and the documents on which it was given up; standing is whether nobody ended it since.
CREATE TABLE rules (
    kind TEXT NOT NULL, name TEXT NOT NULL, json TEXT NOT NULL, waits INTEGER NOT NULL, writes INTEGER NOT NULL,
    PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE INDEX rules_waiting ON rules (kind, name) WHERE waits = 1 OR writes = 1;
CREATE TABLE rule_versions (
    kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, text TEXT NOT NULL, active INTEGER NOT NULL,
    standing INTEGER NOT NULL, at INTEGER NOT NULL, actor TEXT NOT NULL, idx INTEGER NOT NULL, note TEXT NOT NULL,
    proposed TEXT, findings INTEGER NOT NULL DEFAULT 0, given_up INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (kind, name, version)
) WITHOUT ROWID;
CREATE INDEX rule_versions_active ON rule_versions (kind, name) WHERE active = 1;
CREATE VIEW policies AS SELECT name AS id, version, text, active, at, actor, idx, findings, given_up FROM rule_versions WHERE kind = 'policy';
