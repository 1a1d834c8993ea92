-- The tree of programmes is filtered as one types: the words are compared
-- without case or accents, folded once when a programme is written.
CREATE FUNCTION programme_words(title text, type text, vet text, institution text, usual text, town text, domains text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT public.desk_key(concat_ws(' ', title, type, vet, institution, usual, town) || ' ' || array_to_string(domains, ' ')) $$;
COMMENT ON FUNCTION programme_words IS 'what the filter of the tree of programmes looks into';

ALTER TABLE programmes ADD COLUMN sought text GENERATED ALWAYS AS
    (programme_words(title, type, vet, institution, institution_usual, town, domains)) STORED;
COMMENT ON COLUMN programmes.sought IS 'words of the programme and its component, without case or accents (P3.3)';
