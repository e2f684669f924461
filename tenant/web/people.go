package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

// peopleOnPage is how many people one page lists.
const peopleOnPage = 40

// A peoplePage is the roster, narrowed by what stands in the address.
type peoplePage struct {
	Filter    tenant.RosterFilter
	People    []tenant.Person
	Total     int
	Page      int
	Pages     int
	Kinds     []tenant.PostKind
	Grids     []tenant.GridUnit // of the first two levels
	Names     map[int]string
	Day       time.Time
	MayWrite  bool
	MayExport bool
	Done      int // rows that an import has just brought
}

func (s *Server) people(w http.ResponseWriter, r *request) error {
	actor, roster, err := r.town.Roster(r.Context(), r.access)
	if err != nil {
		return err
	}
	r.view.Actor, r.view.Town = actor, roster.Place.Name
	query := r.URL.Query()
	page := peoplePage{
		Filter: tenant.RosterFilter{
			Name: query.Get("name"), GridID: whole(query.Get("grid")), Kind: tenant.PostKind(query.Get("post")), Former: query.Get("former") != "",
		},
		Kinds: tenant.PostKinds(), Names: roster.Place.Grid.Names(), Day: tenant.Day(r.view.Today),
		MayWrite: actor.Allow(tenant.WriteStaff) == nil, MayExport: actor.Allow(tenant.ExportStaff) == nil, Done: whole(query.Get("added")),
	}
	for _, u := range roster.Place.Grid.Units {
		if u.Level < 3 {
			page.Grids = append(page.Grids, u)
		}
	}
	found := roster.Filter(page.Filter, page.Day)
	page.Total, page.Pages = len(found), max(1, (len(found)+peopleOnPage-1)/peopleOnPage)
	page.Page = min(max(1, whole(query.Get("page"))), page.Pages)
	page.People = found[(page.Page-1)*peopleOnPage : min(len(found), page.Page*peopleOnPage)]
	return s.render(w, r, http.StatusOK, peopleTempl(r.view, page))
}

// to is the address of another page of the same list.
func (p peoplePage) to(page int) string {
	query := url.Values{}
	for key, value := range map[string]string{"name": p.Filter.Name, "post": string(p.Filter.Kind)} {
		if value != "" {
			query.Set(key, value)
		}
	}
	if p.Filter.GridID != 0 {
		query.Set("grid", strconv.Itoa(p.Filter.GridID))
	}
	if p.Filter.Former {
		query.Set("former", "1")
	}
	query.Set("page", strconv.Itoa(page))
	return "/people?" + query.Encode()
}

// A personPage is one person of the roster: what is held, what was held, and
// the forms to change it.
type personPage struct {
	Person   tenant.Person
	Names    map[int]string
	Units    []tenant.GridUnit
	Kinds    []tenant.PostKind
	Day      time.Time
	MayWrite bool
	MaySee   bool                 // the number, with a reason
	MayKeep  bool                 // the account
	Login    string               // as typed for a new account
	Password string               // issued by this very answer
	Phone    string               // revealed by this very answer
	Typed    tenant.RosterRow     // as the form for a new post was filled in
	Faults   []tenant.RosterFault // of that form
	Fault    string               // of another form
}

func (s *Server) person(w http.ResponseWriter, r *request) error {
	return s.showPerson(w, r, http.StatusOK, personPage{})
}

func (s *Server) showPerson(w http.ResponseWriter, r *request, status int, page personPage) error {
	actor, roster, err := r.town.Roster(r.Context(), r.access)
	if err != nil {
		return err
	}
	if page.Person, err = roster.Person(whole(r.PathValue("id"))); err != nil {
		return err
	}
	r.view.Actor, r.view.Town, r.view.InForm = actor, roster.Place.Name, page.Fault != "" || len(page.Faults) > 0
	r.view.Path = fmt.Sprintf("/people/%d", page.Person.ID)
	page.Names, page.Units, page.Kinds, page.Day = roster.Place.Grid.Names(), roster.Place.Grid.Units, tenant.PostKinds(), tenant.Day(r.view.Today)
	page.MayKeep = actor.MayKeepAccount(page.Person, roster.Place.Grid, page.Day)
	page.MayWrite, page.MaySee = actor.Allow(tenant.WriteStaff) == nil, actor.Allow(tenant.ReadPhone) == nil
	return s.render(w, r, status, personTempl(r.view, page))
}

// changePerson takes a corrected name, and a phone where one is typed.
func (s *Server) changePerson(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	err := r.town.ChangePerson(r.Context(), r.access, whole(r.PathValue("id")), r.PostFormValue("name"), r.PostFormValue("phone"))
	if errors.Is(err, tenant.ErrInvalid) {
		return s.showPerson(w, r, http.StatusUnprocessableEntity, personPage{Fault: r.view.T("姓名或手机号不对。姓名只写汉字或字母，手机号写 11 位数字。")})
	}
	return s.backToPerson(w, r, err)
}

// revealPhone shows one number on the page that answers, and nowhere else.
func (s *Server) revealPhone(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	phone, err := r.town.RevealPhone(r.Context(), r.access, whole(r.PathValue("id")), r.PostFormValue("reason"))
	if errors.Is(err, tenant.ErrInvalid) {
		return s.showPerson(w, r, http.StatusUnprocessableEntity, personPage{Fault: r.view.T("请写明为什么要看，两个字以上。")})
	}
	if err != nil {
		return err
	}
	return s.showPerson(w, r, http.StatusOK, personPage{Phone: phone})
}

// issuePassword opens an account or gives a forgotten password anew. What it
// answers is the only page that ever shows the password.
func (s *Server) issuePassword(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	login := r.PostFormValue("login")
	password, err := r.town.IssuePassword(r.Context(), r.access, whole(r.PathValue("id")), login)
	switch {
	case errors.Is(err, tenant.ErrInvalid):
		return s.showPerson(w, r, http.StatusUnprocessableEntity, personPage{
			Login: login, Fault: r.view.T("登录名不对。用小写字母开头，只用小写字母、数字、点和横线，2 到 32 个。"),
		})
	case errors.Is(err, tenant.ErrConflict):
		return s.showPerson(w, r, http.StatusConflict, personPage{Login: login, Fault: r.view.T("这个登录名已经有人用了，请换一个。")})
	case err != nil:
		return err
	}
	return s.showPerson(w, r, http.StatusOK, personPage{Password: password})
}

// switchAccount disables an account or enables it again.
func (s *Server) switchAccount(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	err := r.town.SwitchAccount(r.Context(), r.access, whole(r.PathValue("id")), r.PostFormValue("enabled") == "yes")
	return s.backToPerson(w, r, err)
}

// appoint gives somebody of the town one more post.
func (s *Server) appoint(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	row := tenant.RosterRow{
		Line: 1, Person: whole(r.PathValue("id")), Post: r.PostFormValue("post"), Grid: r.PostFormValue("grid"),
		Households: r.PostFormValue("households"), Begins: r.PostFormValue("begins"),
	}
	words := tenant.RosterWords{Posts: map[string]tenant.PostKind{}, Grids: map[string]int{}}
	for _, kind := range tenant.PostKinds() {
		words.Posts[string(kind)] = kind
	}
	if id := whole(row.Grid); id > 0 {
		words.Grids[row.Grid] = id
	}
	_, err := r.town.Enrol(r.Context(), r.access, store.Enrolment{Rows: []tenant.RosterRow{row}, Words: words, Today: r.view.Today})
	if faults, found := errors.AsType[store.RosterError](err); found {
		return s.showPerson(w, r, http.StatusUnprocessableEntity, personPage{Typed: row, Faults: faults})
	}
	return s.backToPerson(w, r, err)
}

// endPost ends one post of somebody.
func (s *Server) endPost(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return errForm
	}
	day, ok := tenant.ParseDay(r.PostFormValue("ends"))
	reason := r.PostFormValue("reason")
	if n := len([]rune(reason)); !ok || n < 2 || n > 100 {
		return s.showPerson(w, r, http.StatusUnprocessableEntity, personPage{Fault: r.view.T("请填结束日期和原因，原因两个字以上。")})
	}
	_, err := r.town.Enrol(r.Context(), r.access, store.Enrolment{Ends: []store.Ending{
		{Source: r.PostFormValue("source"), ID: whole(r.PostFormValue("holding")), Day: day, Reason: reason},
	}})
	if errors.Is(err, tenant.ErrConflict) {
		return s.showPerson(w, r, http.StatusConflict, personPage{
			Fault: r.view.T("没有结束这个岗位：日期早于开始日期，或者它已经结束，或者结束后就没有人能管理本镇人员。请先任命接任的人并给他开账号。"),
		})
	}
	return s.backToPerson(w, r, err)
}

func (*Server) backToPerson(w http.ResponseWriter, r *request, err error) error {
	if err != nil {
		return err
	}
	http.Redirect(w, r.Request, fmt.Sprintf("/people/%d", whole(r.PathValue("id"))), http.StatusSeeOther)
	return nil
}

// fault is what is wrong with a field of the form for a new post.
func (p personPage) fault(v ui.View, column tenant.RosterColumn) string {
	for _, f := range p.Faults {
		if f.Column == column || column == tenant.PostColumn && f.Column == tenant.NameColumn {
			return faultText(v, f)
		}
	}
	return ""
}

// until says how long somebody holds a post.
func until(v ui.View, h tenant.Holding) string {
	if h.Ends == nil {
		return v.T("%s 起", h.Begins.Format(time.DateOnly))
	}
	return v.T("%s 至 %s", h.Begins.Format(time.DateOnly), h.Ends.Format(time.DateOnly))
}

// whole is the number that a text is, or 0.
func whole(text string) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return int(n)
}
