ALTER TABLE storage_passes ADD COLUMN part smallint CHECK (part IS NULL OR part BETWEEN 0 AND 29 AND kind = 'daily');
COMMENT ON COLUMN storage_passes.part IS 'of a daily check: the thirtieth of the files whose contents it reads, one after the other (P17.24)';
CREATE INDEX storage_findings_closed ON storage_findings (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX storage_findings_pass ON storage_findings (pass_id);
