ALTER TABLE parcels ADD COLUMN hub TEXT NOT NULL DEFAULT '???';

CREATE INDEX parcels_by_hub ON parcels (hub, wt);

CREATE VIEW bi_parcels AS SELECT id, barcode, wt, hub FROM parcels;

PRAGMA user_version = 2;
