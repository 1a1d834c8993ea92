package people

import (
	"context"

	"passerelle/models"
)

var students = register{table: "students", whole: true, read: `
	SELECT id, email, lang, coalesce(account_id, '00000000-0000-0000-0000-000000000000'), civility, birth_name, usual_name, first_name, birth_date, NULL::date
	FROM students WHERE id = ANY($1) ORDER BY id FOR UPDATE`}

// SettleStudents gives lines of students (étudiants, P1.12) their accounts after
// an import wrote them: the one of their address when its identity is theirs, or
// a new one with a mail to choose a password (P1.8). A person who has an account
// elsewhere keeps that one alone, and the line none (P1.4). Twice is once. One
// call for all the lines of a transaction; for operators and administrators of
// the whole portal.
func SettleStudents(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) error {
	if !manages(by) {
		return models.NotFound("page.not_found")
	}
	_, left, err := students.settle(ctx, tx, by, ids)
	if err != nil {
		return err
	}
	return removeUnused(ctx, tx, by, left)
}

// LeaveStudents parts lines of students from their accounts before an undo
// deletes them; the accounts that an import opened and nobody used go with them.
// For operators and administrators of the whole portal.
func LeaveStudents(ctx context.Context, tx models.Tx, by models.Actor, ids []models.ID) error {
	if !manages(by) {
		return models.NotFound("page.not_found")
	}
	left, err := students.leave(ctx, tx, ids)
	if err != nil {
		return err
	}
	return removeUnused(ctx, tx, by, left)
}
