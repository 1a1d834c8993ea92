package main

import (
	"regexp"

	"passerelle/cmd/internal/portaltest"
	"passerelle/models/seed"
)

var (
	removeLink = regexp.MustCompile(`https?://[^\s"<>]+/alertes/recherche/[A-Za-z0-9_-]+`)
	stopLink   = regexp.MustCompile(`https?://[^\s"<>]+/alertes/courriels/[A-Za-z0-9_-]+`)
)

// searches are what a person saves, before anything is new.
func (v *visit) searches() {
	v.goes(v.as(seed.LineManager), "/mes-recherches", "saved searches, none")
	b := v.as(seed.Applicant)
	v.goes(b, "/mes-recherches", "saved searches")
	v.goes(b, "/mes-recherches/nouvelle?nature=formation", "a search to be saved")
	b.Run(portaltest.Do(`document.querySelector('#nom').value = ''`))
	v.send(b, "#nom")
	v.check(b, "a search without a name")
	b.Fill("nom", "Formations")
	b.Run(portaltest.Do(`document.querySelector('[name=rythme][value=instant]').checked = true`))
	v.send(b, "#nom")
	v.check(b, "saved searches, one more")
	v.goes(b, "/mes-recherches/nouvelle?nature=formation", "a search saved already")
	b.Open("/mes-recherches")
	v.goes(b, v.links(b, `main a[href^="/mes-recherches/"]`, `^/mes-recherches/[0-9a-f-]{36}$`)[0], "a saved search")
	v.goes(b, "/mes-recherches/annonces", "specialities and regions")
	b.Run(portaltest.Do(`document.querySelector('[name=ensemble][value="1"]').checked = true; document.querySelector('#specialite').checked = true`))
	v.send(b, "#specialite")
	v.check(b, "specialities and regions with an error")
}

// news are what a month brought to those searches.
func (v *visit) news() {
	b := v.as(seed.Applicant)
	v.goes(b, "/mes-recherches", "saved searches with news")
	remove, stop := v.visitor.Mailed(seed.Applicant, removeLink), v.visitor.Mailed(seed.Applicant, stopLink)
	v.goes(v.visitor, stop, "mails to be ended")
	v.send(v.visitor, `main form button`)
	v.check(v.visitor, "mails ended")
	v.goes(v.visitor, remove, "a search to be removed")
	v.send(v.visitor, `main form button`)
	v.check(v.visitor, "a search removed")
	v.goes(v.visitor, remove, "a search removed before")
}
