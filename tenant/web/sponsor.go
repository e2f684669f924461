package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

// A sponsorPage is 包联: who answers for which area, village, group and how many
// households, and where nobody does.
type sponsorPage struct {
	Coverage  tenant.Coverage
	Whole     bool
	Town      *int // households of the town
	Community int
	MayWrite  bool
	Done      bool
}

// mostGaps is how many gaps the page lists by themselves; all stand in the lists
// below too.
const mostGaps = 24

// gaps are the places that nobody answers for.
func (p sponsorPage) gaps() []tenant.Charge {
	var gaps []tenant.Charge
	for _, charges := range [][]tenant.Charge{p.Coverage.Areas, p.Coverage.Villages, p.Coverage.Groups} {
		for _, c := range charges {
			if c.Person == 0 {
				gaps = append(gaps, c)
			}
		}
	}
	return gaps
}

func (s *Server) sponsors(w http.ResponseWriter, r *request) error {
	actor, roster, err := r.town.Roster(r.Context(), r.access)
	if err != nil {
		return err
	}
	r.view.Actor, r.view.Town = actor, roster.Place.Name
	page := sponsorPage{
		Coverage: roster.Coverage(tenant.Day(r.view.Today)), Whole: roster.Place.Grid.Whole,
		Community: roster.Place.CommunityHouseholds(), MayWrite: actor.Allow(tenant.WriteStaff) == nil, Done: r.FormValue("done") != "",
	}
	for _, u := range roster.Place.Grid.Units {
		if u.Level == 1 {
			page.Town = u.Households
		}
	}
	return s.render(w, r, http.StatusOK, sponsorsTempl(r.view, page))
}

// A sponsorForm is one form for every village and group: a name for each.
type sponsorForm struct {
	Villages, Groups []tenant.Charge
	Names            []string // of the people, to choose from
	Typed            map[int]string
	Faults           map[int]string // by unit
}

// charges are all places of the form, villages first.
func (f sponsorForm) charges() []tenant.Charge {
	return append(append([]tenant.Charge{}, f.Villages...), f.Groups...)
}

func (s *Server) sponsorsForm(w http.ResponseWriter, r *request) error {
	actor, roster, err := r.town.Roster(r.Context(), r.access)
	if err != nil {
		return err
	}
	return s.showSponsorsForm(w, r, http.StatusOK, actor, sponsorFormOf(r, roster))
}

func sponsorFormOf(r *request, roster tenant.Roster) sponsorForm {
	day := tenant.Day(r.view.Today)
	coverage := roster.Coverage(day)
	form := sponsorForm{Villages: coverage.Villages, Groups: coverage.Groups, Typed: map[int]string{}, Faults: map[int]string{}}
	for _, c := range form.charges() {
		form.Typed[c.GridID] = c.Holder
	}
	for i, p := range roster.Filter(tenant.RosterFilter{}, day) {
		if i == 0 || p.Name != form.Names[len(form.Names)-1] {
			form.Names = append(form.Names, p.Name)
		}
	}
	return form
}

func (s *Server) showSponsorsForm(w http.ResponseWriter, r *request, status int, actor tenant.Actor, form sponsorForm) error {
	_, me, err := r.town.Me(r.Context(), r.access)
	if err != nil {
		return err
	}
	r.view.Actor, r.view.Town, r.view.InForm = actor, me.Town, len(form.Faults) > 0
	return s.render(w, r, status, sponsorsFormTempl(r.view, form))
}

// changeSponsors takes the whole form at once. Where the name is another than
// before, the one ends today and the other begins; where it is empty, the one
// ends. All of it happens or nothing.
func (s *Server) changeSponsors(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	actor, roster, err := r.town.Roster(r.Context(), r.access)
	if err != nil {
		return err
	}
	form := sponsorFormOf(r, roster)
	enrolment := form.enrolment(r)
	if len(form.Faults) > 0 {
		return s.showSponsorsForm(w, r, http.StatusUnprocessableEntity, actor, form)
	}
	_, err = r.town.Enrol(r.Context(), r.access, enrolment)
	if faults, found := errors.AsType[store.RosterError](err); found {
		for _, f := range faults {
			form.Faults[f.Line] = sponsorFault(r.view, f)
		}
		return s.showSponsorsForm(w, r, http.StatusUnprocessableEntity, actor, form)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/sponsors?done=1", http.StatusSeeOther)
	return nil
}

// enrolment is what the form changes. What it can't be is a fault of the form.
func (f sponsorForm) enrolment(r *request) store.Enrolment {
	enrolment := store.Enrolment{
		Today: r.view.Today,
		Words: tenant.RosterWords{
			Posts: map[string]tenant.PostKind{"village": tenant.VillageSponsor, "group": tenant.GroupSponsor}, Grids: map[string]int{},
		},
	}
	for i, c := range f.charges() {
		key := strconv.Itoa(c.GridID)
		values, sent := r.PostForm["g"+key]
		if !sent {
			continue
		}
		typed := tenant.RosterRow{Name: values[0]}.Tidy().Name
		f.Typed[c.GridID], enrolment.Words.Grids[key] = typed, c.GridID
		if typed == c.Holder {
			continue
		}
		if c.Holding != 0 {
			enrolment.Ends = append(enrolment.Ends, store.Ending{
				Source: "sponsorship", ID: c.Holding, Day: tenant.Day(r.view.Today), Reason: strings.TrimSpace(r.PostFormValue("reason")),
			})
		}
		if typed != "" && !slices.Contains(f.Names, typed) {
			f.Faults[c.GridID] = r.view.T("人员里没有叫这个名字的人。请先在“人员”里登记，再来安排包联。")
			continue
		}
		if typed != "" {
			post := "village"
			if i >= len(f.Villages) {
				post = "group"
			}
			enrolment.Rows = append(enrolment.Rows, tenant.RosterRow{Line: c.GridID, Name: typed, Post: post, Grid: key})
		}
	}
	return enrolment
}

// sponsorFault is a fault beside the one field that a place has in this form.
func sponsorFault(v ui.View, f tenant.RosterFault) string {
	if f.Kind == tenant.FaultPhoneNeeded {
		return v.T("有两个人叫这个名字。请到这位的人员页面里任命。")
	}
	return faultText(v, f)
}
