package administration

import (
	"context"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"passerelle/models/keeping"
	"passerelle/views/hx"
	"passerelle/views/i18n"
	"passerelle/views/layout"
	"passerelle/views/paths"
	"passerelle/views/ui"
)

// Names of the fields of the storage's console.
const (
	NameChoice    = "choix"  // findings or files chosen in a list
	NameDespite   = "malgre" // move although objects are damaged
	NameEmptying  = "vider"  // empty the former store at the end
	NameTarget    = "vers"   // store that a move goes to
	NameList      = "liste"  // what follows was chosen in a list, be it nothing
	NameConfirmed = "confirme"
	NameAll       = "tout"   // all findings of the kind that were shown
	NameUntil     = "jusque" // when the latest of them was found
	NameCount     = "nombre" // how many they were
)

// The words of kinds and acts in addresses.
const (
	KindAltered    = "empreintes"
	KindMissing    = "absents"
	KindOrphan     = "orphelins"
	KindQuarantine = "quarantaine"
	ActRestore     = "restaurer"
	ActLose        = "redemander"
	ActErase       = "effacer"
	ActRescan      = "analyser"
)

// Ids of the parts of the console; PartStorageWork asks for itself while work goes on.
const (
	PartStorageWork = "stockage-travaux"
	CheckID         = "verifier" // the button that begins a check
	MoveID          = "deplacer" // the link to a move
	actionsID       = "stockage-actions"
	figuresID       = "stockage-chiffres"
	foundID         = "stockage-constats"
	growthID        = "stockage-croissance"
	volumesID       = "stockage-volumes"
	placesID        = "stockage-lieux"
	rulesID         = "stockage-conservation"
)

// HoldID is the button that suspends a pass, or lets it go on.
func HoldID(of keeping.Pass) string { return "tenir-" + passWord(of) }

func stopID(of keeping.Pass) string { return "arreter-" + passWord(of) }

// HeirID is what has the focus after the buttons of a pass, which go with it.
func HeirID(of keeping.Pass) string {
	if of.Kind == keeping.Move {
		return MoveID
	}
	return CheckID
}

func passWord(of keeping.Pass) string {
	if of.Kind == keeping.Move {
		return "deplacement"
	}
	return "verification"
}

// StorageClock is the time of the page, in the portal's zone.
type StorageClock struct {
	Now  time.Time
	Zone *time.Location
}

func (c StorageClock) moment(t time.Time) i18n.Moment { return i18n.Of(t.In(c.Zone)) }

// when writes a time as one says it: the hour today, else the day and the hour.
func (c StorageClock) when(ctx context.Context, t time.Time) string {
	m, now := c.moment(t), c.moment(c.Now)
	switch {
	case m.Day == now.Day:
		return i18n.T(ctx, "storage.today", i18n.Time(m))
	case m.Day == c.moment(c.Now.AddDate(0, 0, -1)).Day:
		return i18n.T(ctx, "storage.yesterday", i18n.Time(m))
	}
	return i18n.DateTimeShort(ctx, m)
}

// StoreView is a place that documents lie in.
type StoreView struct {
	Name        string // "disk" or "s3"
	Where       string // folder, or bucket and server
	Free, Total int64  // bytes, -1 where the store cannot tell
	Down        bool
}

// StoragePage is the console (P14.2).
type StoragePage struct {
	StorageClock
	Store       StoreView
	Other       *StoreView
	Volumes     []keeping.Volume
	Points      []keeping.Point
	ByStructure bool
	Structures  []keeping.Structure
	Price       int // of a gigabyte for a month, in cents; 0: unknown
	Check       *keeping.Pass
	LastCheck   *keeping.Pass
	Move        *keeping.Pass
	Findings    []keeping.Summary
	Infected    int
	Waiting     int
	Since       time.Time // of the oldest in quarantine
	Antivirus   bool
	Retention   []keeping.Applied
	Refused     string // key of what could not be done
	Said        string // key of what was asked for
	SaidCount   int
	Whole       bool // volumes and rules were counted
}

func storageProps(title string) layout.Props {
	return layout.Props{Title: title, Audience: layout.Desk, Section: layout.Administration, Current: layout.NavAdminStorage, NoIndex: true, MainClass: "admin"}
}

func storeName(ctx context.Context, name string) string { return i18n.T(ctx, "storage.store."+name) }

// Running reports work under way, which the page follows.
func (p StoragePage) Running() bool {
	if p.Check != nil && p.Check.State == keeping.Running || p.Move != nil && p.Move.State == keeping.Running {
		return true
	}
	for _, s := range p.Findings {
		if s.Asked > 0 {
			return true
		}
	}
	return false
}

func (p StoragePage) following() templ.Attributes {
	if !p.Running() {
		return nil
	}
	at := paths.AdminStorage()
	if p.ByStructure {
		at = paths.AdminStorageStructures()
	}
	return hx.Get(at, hx.Target(PartStorageWork), hx.Trigger("every 2s"))
}

func (p StoragePage) objects() (objects, bytes, recent int64) {
	for _, v := range p.Volumes {
		objects, bytes, recent = objects+v.Objects, bytes+v.Bytes, recent+v.Recent
	}
	return objects, bytes, recent
}

// room writes what is left of the store, or where it is.
func (p StoragePage) room(ctx context.Context) string {
	switch {
	case p.Store.Free >= 0 && p.Store.Total > 0:
		return i18n.T(ctx, "storage.free", "free", i18n.Bytes(ctx, p.Store.Free), "total", i18n.Bytes(ctx, p.Store.Total))
	case p.Store.Free >= 0:
		return i18n.T(ctx, "storage.free.only", i18n.Bytes(ctx, p.Store.Free))
	}
	return p.Store.Where
}

// pace says when the store will be full at the pace of the last thirty days.
func (p StoragePage) pace(ctx context.Context) string {
	_, _, recent := p.objects()
	if recent <= 0 || p.Store.Free < 0 {
		return i18n.T(ctx, "storage.pace")
	}
	months := p.Store.Free / recent
	if months > 60 {
		return i18n.T(ctx, "storage.pace.far")
	}
	return i18n.N(ctx, "storage.pace.full", int(months))
}

// signedBytes writes a difference of bytes with its sign.
func signedBytes(ctx context.Context, n int64) string {
	switch {
	case n > 0:
		return "+\u00a0" + i18n.Bytes(ctx, n)
	case n < 0:
		return "−\u00a0" + i18n.Bytes(ctx, -n)
	}
	return "0"
}

func partOf(part, whole int64) int {
	if whole <= 0 {
		return 0
	}
	return int(100 * part / whole)
}

// found counts what is wrong: kinds, objects.
func (p StoragePage) found() (kinds, objects int) {
	for _, s := range p.Findings {
		kinds, objects = kinds+1, objects+s.Objects
	}
	if n := p.Infected + p.Waiting; n > 0 {
		kinds, objects = kinds+1, objects+n
	}
	return kinds, objects
}

// findingWord is the kind in addresses.
func findingWord(k keeping.FindingKind) string {
	switch k {
	case keeping.Altered:
		return KindAltered
	case keeping.Missing:
		return KindMissing
	}
	return KindOrphan
}

func findingStatus(ctx context.Context, kind string) ui.Status {
	s := ui.Status{Tone: ui.ToneBad, Icon: ui.IconTriangleAlert, Plain: true, Label: i18n.T(ctx, "storage.finding."+kind)}
	switch kind {
	case KindMissing:
		s.Icon = ui.IconFileX
	case KindOrphan:
		s.Tone, s.Icon = ui.Neutral, ui.IconFiles
	case KindQuarantine:
		s.Icon = ui.IconShieldCheck
	}
	return s
}

// findingActs lists what can be done about findings of a kind, the first one on the console.
func findingActs(kind string, restorable int) []string {
	switch kind {
	case KindOrphan:
		return []string{ActErase}
	case KindQuarantine:
		return []string{ActRescan}
	}
	if restorable > 0 {
		return []string{ActRestore, ActLose}
	}
	return []string{ActLose}
}

// checkSaid tells when the last check ended and what it read.
func (p StoragePage) checkSaid(ctx context.Context) string {
	if p.LastCheck == nil || p.LastCheck.EndedAt == nil {
		return i18n.T(ctx, "storage.check.never")
	}
	return i18n.N(ctx, "storage.check.last."+string(p.LastCheck.Kind), int(p.LastCheck.Objects), "when", p.when(ctx, *p.LastCheck.EndedAt),
		"took", lasted(ctx, p.LastCheck.Worked))
}

func lasted(ctx context.Context, d time.Duration) string {
	switch {
	case d < time.Minute:
		return i18n.N(ctx, "storage.seconds", max(1, int(d.Round(time.Second)/time.Second)))
	case d < 90*time.Minute:
		return i18n.N(ctx, "storage.minutes", int(d.Round(time.Minute)/time.Minute))
	}
	return i18n.N(ctx, "storage.hours", int(d.Round(time.Hour)/time.Hour))
}

// progress says in words how far a pass is.
func (p StoragePage) progress(ctx context.Context, of keeping.Pass) string {
	words := i18n.T(ctx, "storage.progress", "objects", i18n.Number(ctx, int(of.Objects)), "total", i18n.Number(ctx, int(of.TotalObjects)),
		"bytes", i18n.Bytes(ctx, of.Bytes), "all", i18n.Bytes(ctx, of.TotalBytes))
	if of.Phase != keeping.Files {
		return words + " · " + i18n.T(ctx, "storage.phase."+string(of.Kind)+"."+string(of.Phase))
	}
	if left := of.Left(); left > 0 && of.State == keeping.Running {
		words += " · " + i18n.T(ctx, "storage.progress.end", i18n.Time(p.moment(p.Now.Add(left))))
	}
	return words
}

// passQuarter is spoken as the work goes on, four times at most.
func passQuarter(of keeping.Pass) int { return of.Percent() / 25 * 25 }

func passStatus(ctx context.Context, of keeping.Pass) ui.Status {
	s := ui.Status{Tone: ui.ToneInfo, Icon: ui.IconRefreshCw, Plain: true, Label: i18n.T(ctx, "storage.state."+string(of.State))}
	switch of.State {
	case keeping.Paused:
		s.Tone, s.Icon = ui.Neutral, ui.IconCirclePause
	case keeping.Done:
		s.Tone, s.Icon = ui.ToneOK, ""
	case keeping.Failed:
		s.Tone, s.Icon = ui.ToneBad, ""
	case keeping.Stopped:
		s.Tone, s.Icon = ui.Neutral, ui.IconCircleSlash
	}
	return s
}

func moveTitle(ctx context.Context, target string) string {
	return i18n.T(ctx, "storage.move.title."+target)
}

// ruleDelay writes how long a rule keeps.
func ruleDelay(ctx context.Context, a keeping.Applied) string {
	if a.Setting != "" {
		return i18n.N(ctx, "storage.days", a.Days)
	}
	if a.Hours >= 48 {
		return i18n.N(ctx, "storage.days", a.Hours/24)
	}
	return i18n.N(ctx, "storage.hours", a.Hours)
}

// ruleDue writes what a rule is about to erase.
func ruleDue(ctx context.Context, d keeping.Due) string {
	if d.Count == 0 {
		return i18n.T(ctx, "storage.retention.none")
	}
	words := i18n.Number(ctx, int(d.Count))
	if d.Objects > 0 {
		words += " · " + i18n.N(ctx, "storage.objects", int(d.Objects)) + " · " + i18n.Bytes(ctx, d.Bytes)
	}
	return words
}

// storageCost writes what bytes cost in a month.
func storageCost(ctx context.Context, cents int, bytes int64) string {
	total := int64(cents) * bytes / (1 << 30)
	text := i18n.Number(ctx, int(total/100))
	point := ","
	if i18n.From(ctx) == i18n.English {
		point = "."
	}
	text += point + strconv.Itoa(int(total%100/10)) + strconv.Itoa(int(total%10))
	return i18n.T(ctx, "storage.cost.euros", text)
}

// MovePage asks before a move.
type MovePage struct {
	StorageClock
	From, To       StoreView
	Possible       bool
	Objects, Bytes int64
	Damaged        int // objects known to be lost or altered
	Refused        string
}

// FindingsPage lists what is wrong of a kind.
type FindingsPage struct {
	StorageClock
	Kind        string // word of the address
	Findings    []keeping.Finding
	Quarantined []keeping.Quarantined
	Total       int
	Restorable  int
	Antivirus   bool
	Refused     string
}

// ActPage asks before something is done about findings.
type ActPage struct {
	StorageClock
	Kind, Act   string
	Findings    []keeping.Finding
	Quarantined []keeping.Quarantined
	IDs         []string // chosen; none: all of the kind
	Count       int
	Until       time.Time // when the latest of all was found
	Refused     string
}

// RetentionPage is the rules of retention, with what each is about to erase.
type RetentionPage struct {
	StorageClock
	Rules  []keeping.Applied
	Values map[string]string // as posted, by setting
	Errors map[string]string // in words, by setting
	Erases keeping.Due       // at once by what was posted, to be confirmed
	Saved  bool
}

func (p RetentionPage) value(a keeping.Applied) string {
	if v, ok := p.Values[a.Setting]; ok {
		return v
	}
	return strconv.Itoa(a.Days)
}

// aboutFinding names the file of a finding for people.
func aboutFinding(ctx context.Context, f keeping.Finding) string {
	if f.Piece.FR != "" {
		return f.Piece.In(string(i18n.From(ctx)))
	}
	if f.Purpose == "" {
		return i18n.T(ctx, "storage.kind.orphan")
	}
	return i18n.T(ctx, "storage.kind."+f.Purpose)
}

// whatIsWrong writes the detail of a finding.
func whatIsWrong(ctx context.Context, f keeping.Finding) string {
	switch {
	case f.Trouble != "":
		return i18n.T(ctx, f.Trouble)
	case f.Asked != "":
		return i18n.T(ctx, "storage.asked."+string(f.Asked))
	case f.Elsewhere != "":
		return i18n.T(ctx, "storage.detail.elsewhere", storeName(ctx, f.Elsewhere))
	case f.Detail != "":
		return i18n.T(ctx, "storage.detail."+f.Detail)
	}
	return i18n.T(ctx, "storage.detail."+string(f.Kind))
}

// objectName shortens a key, whose beginning names its folder.
func objectName(key string) string {
	if len(key) <= 20 {
		return key
	}
	return key[:18] + "…"
}

func quarantinedAt(q keeping.Quarantined) time.Time {
	if q.ScannedAt != nil {
		return *q.ScannedAt
	}
	return q.CreatedAt
}
