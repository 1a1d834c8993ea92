package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// Setting is one of the portal's delays, texts or thresholds: default in code,
// changed value in the database with its author (P14.6).
type Setting struct {
	Key     string
	Default string
	Kind    SettingKind
	Help    string // what it means, in French, for the operator
}

// SettingKind is how a value is checked.
type SettingKind string

// The kinds of settings.
const (
	SettingDays SettingKind = "days"
	SettingInt  SettingKind = "int"
	SettingText SettingKind = "text"
	// SettingStaffFactor is one of the words between the bars.
	SettingStaffFactor SettingKind = "required|offered"
)

// choices are the words that a setting may be; none: it is no choice.
func (k SettingKind) choices() []string {
	if !strings.Contains(string(k), "|") {
		return nil
	}
	return strings.Split(string(k), "|")
}

// Settings is the catalogue of what an operator can set.
func Settings() []Setting {
	return []Setting{
		{"activation_days", "7", SettingDays, "Durée du lien d’activation d’un compte (P1.3)."},
		{"password_max", "128", SettingInt, "Longueur maximale d’un mot de passe (P1.2)."},
		{"reset_minutes", "60", SettingInt, "Durée du lien de mot de passe oublié, en minutes (P1.6)."},
		{"staff_second_factor", "required", SettingStaffFactor, "Double vérification des gestionnaires et des administrateurs : required (exigée) ou offered (proposée) (P1.13)."},
		{"human_min_seconds", "1", SettingInt, "Temps minimal pour remplir un formulaire public sans calcul, en secondes (P18.9)."},
		{"draft_unclaimed_days", "14", SettingDays, "Durée d’un brouillon commencé sans compte (P18.1)."},
		{"draft_claimed_days", "90", SettingDays, "Durée d’un brouillon rattaché à un compte (P18.1)."},
		{"draft_notice_days", "14", SettingDays, "Préavis avant l’effacement d’un brouillon (P18.1)."},
		{"approval_link_days", "21", SettingDays, "Durée du lien envoyé au supérieur hiérarchique (P6.1)."},
		{"approval_reminder_days", "5", SettingDays, "Délai entre deux rappels au supérieur hiérarchique (P6.1)."},
		{"approval_reminders", "2", SettingInt, "Nombre de rappels avant « validation en souffrance » (P18.3)."},
		{"approver_kept_days", "365", SettingDays, "Conservation de l’adresse d’un supérieur après la dernière demande (P18.18)."},
		{"decision_before_days", "30", SettingDays, "Communication des décisions avant le début de la session (P6.1)."},
		{"confirm_days", "7", SettingDays, "Délai de confirmation d’une place libérée (P18.5)."},
		{"import_file_days", "30", SettingInt, "Temps pendant lequel un fichier de catalogue envoyé et son rapport par ligne restent, en jours (P3.6)."},
		{"bulk_undo_minutes", "10", SettingInt, "Temps pendant lequel une décision en lot se reprend d’un geste, en minutes (P18.18)."},
		{"storage_active", "", SettingText, "Où vont les nouveaux documents : disk ou s3 ; vide, s3 dès qu’un serveur est configuré. « passerelle storage move » le change (P14.2)."},
		{"storage_price", "0", SettingInt, "Prix d’un Go stocké pendant un mois, en centimes, pour le coût par structure ; 0 : il n’est pas affiché (P17.24)."},
		{"information_days", "30", SettingDays, "Délai pour répondre à une demande de complément ; sans réponse, la candidature est close (P9.3)."},
		{"information_reminder_days", "7", SettingDays, "Rappel d’une demande de complément, avant sa date limite (P9.3)."},
		{"admission_confirm_days", "14", SettingDays, "Délai de confirmation d’une admission, après la communication de la décision (P6.2)."},
		{"document_notice_days", "30", SettingDays, "Préavis avant la fin de validité d’un document gardé dans « Mes documents » (P7.5)."},
		{"alert_hour", "7", SettingInt, "Heure à laquelle partent les alertes quotidiennes et hebdomadaires, dans le fuseau du portail (P4.6)."},
		{"alert_weekday", "1", SettingInt, "Jour des alertes hebdomadaires : 1 pour lundi, 7 pour dimanche (P4.6)."},
		{"receipt_silence", "Sans réponse à la date annoncée, écrivez au service : le silence ne vaut pas acceptation.", SettingText, "Ce que signifie le silence, sur l’accusé de réception (P18.14)."},
		{"appeal_text", "Vous pouvez demander un réexamen au service dans les deux mois qui suivent cette décision, puis saisir le tribunal administratif dans le même délai.", SettingText, "Voies et délais de recours sur un refus (P18.14)."},
	}
}

// SettingValue reads a setting, its default when nobody changed it.
func (tx Tx) SettingValue(ctx context.Context, key string) (string, error) {
	var value string
	err := tx.PGX.QueryRow(ctx, `SELECT value FROM settings WHERE key = $1`, Prepared, key).Scan(&value)
	if err == nil {
		return value, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("setting %s: %w", key, err)
	}
	for _, s := range Settings() {
		if s.Key == key {
			return s.Default, nil
		}
	}
	return "", fmt.Errorf("setting %s is unknown", key)
}

// SettingInt reads a setting that is a number.
func (tx Tx) SettingInt(ctx context.Context, key string) (int, error) {
	value, err := tx.SettingValue(ctx, key)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(value)
}

// SettingDays reads a setting that is a number of days.
func (tx Tx) SettingDays(ctx context.Context, key string) (time.Duration, error) {
	n, err := tx.SettingInt(ctx, key)
	return time.Duration(n) * 24 * time.Hour, err
}

// SettingUntil is the last instant of the civil date that lies a setting's number
// of days ahead: what is said to last until a date lasts until 24:00 of it in the
// portal's zone (P18.11).
func (tx Tx) SettingUntil(ctx context.Context, key string) (time.Time, error) {
	n, err := tx.SettingInt(ctx, key)
	return EndOf(tx.Today().AddDate(0, 0, n), tx.Zone()).Add(-time.Microsecond), err
}

// SetSetting changes a setting and journals who did; unknown keys and values
// of the wrong kind are refused. For operators and administrators.
func SetSetting(ctx context.Context, tx Tx, by Actor, key, value string) error {
	if by.Kind != ActorOperator && !by.Everywhere(RoleAdmin) {
		return NotFound("page.not_found")
	}
	known := false
	for _, s := range Settings() {
		if s.Key != key {
			continue
		}
		known = true
		if words := s.Kind.choices(); words != nil {
			if !slices.Contains(words, value) {
				return Invalid("setting.not_a_choice")
			}
			continue
		}
		if n, err := strconv.Atoi(value); s.Kind != SettingText && (err != nil || n < 0) {
			return Invalid("setting.not_a_number")
		}
	}
	if !known {
		return NotFound("setting.unknown")
	}
	_, err := tx.PGX.Exec(ctx, `
		INSERT INTO settings (key, value, changed_at, changed_by) VALUES ($1, $2, $3, $4)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by`,
		Prepared, key, value, tx.Now, by.id())
	if err != nil {
		return fmt.Errorf("set setting: %w", err)
	}
	return tx.Record(ctx, by, Event{Kind: "setting.changed", SubjectKind: "setting", SubjectID: SettingID(key), Data: map[string]any{"key": key}})
}

// SettingID gives a setting, which is named by its key, an id in the journal.
func SettingID(key string) ID { return uuid.NewSHA1(uuid.NameSpaceOID, []byte("setting/"+key)) }
