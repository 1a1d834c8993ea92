-- What a dossier reads of itself, and what erasing one looks for.
CREATE INDEX remarks_all ON remarks (document_id);
CREATE INDEX verdicts_document ON verdicts (document_id);
CREATE INDEX verdicts_validity ON verdicts (valid_until) WHERE superseded_at IS NULL AND valid_until IS NOT NULL;
CREATE INDEX information_requests_application ON information_requests (application_id, asked_at);
CREATE INDEX consultations_document ON consultations (document_id);
CREATE INDEX documents_reused ON documents (reused_from) WHERE reused_from IS NOT NULL;
CREATE INDEX uploads_document ON uploads (document_id) WHERE document_id IS NOT NULL;
CREATE INDEX uploads_requirement ON uploads (requirement_id);
DROP INDEX remarks_document;
COMMENT ON INDEX remarks_all IS 'removed ones too: they keep their number';
