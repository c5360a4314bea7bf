CREATE TABLE orgs (
    name TEXT PRIMARY KEY,
    plan TEXT NOT NULL REFERENCES plans (code),
    region TEXT NOT NULL,
    seats_override INTEGER
);

INSERT INTO orgs (name, plan, region, seats_override) VALUES
    ('bakery', 'starter', 'eu', NULL),
    ('brewery', 'starter', 'us', 30),
    ('hospital', 'team', 'eu', 900),
    ('shipyard', 'team', 'us', 150);
