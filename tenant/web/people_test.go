package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/paper"
	"github.com/daliu-governance/daliu/tenant/store/storetest"
	"github.com/daliu-governance/daliu/tenant/web"
)

// workbook is a roster's sheet as somebody fills it in.
func workbook(t *testing.T, rows [][]string) []byte {
	t.Helper()
	sheet := paper.Sheet{Name: "人员", Heads: []string{"姓名", "岗位", "所在网格", "手机", "户数", "开始日期"}, Rows: rows}
	var file bytes.Buffer
	if err := paper.Write(&file, sheet); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// upload sends a file with the import form.
func (s *site) upload(file []byte) answer {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("sheet", "人员.xlsx")
	if err != nil {
		s.t.Fatal(err)
	}
	_, _ = part.Write(file)
	_ = form.Close()
	return s.send(http.MethodPost, "/people/import", nil, func(r *http.Request) {
		fresh, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), &body)
		if err != nil {
			s.t.Fatal(err)
		}
		r.Body, r.ContentLength = fresh.Body, fresh.ContentLength
		r.Header.Set("Content-Type", form.FormDataContentType())
	})
}

// director is a site with the director signed in, past the forced change.
func director(t *testing.T) *site {
	t.Helper()
	s := newSite(t, false)
	s.town.Exec(t, "update account set must_change = false")
	s.signIn("director", storetest.FirstPassword)
	return s
}

func TestImportAnswersRowByRow(t *testing.T) {
	t.Parallel()

	s := director(t)
	sheet := storetest.Roster()
	sheet[1][1], sheet[6][2], sheet[8][5] = "副镇长", "第九村", "2026-13-40"
	page := s.upload(workbook(t, sheet))
	if page.status != http.StatusUnprocessableEntity {
		t.Fatalf("three bad rows: %d", page.status)
	}
	for _, words := range []string{"有 3 处要改，一行也没有导入", "第 3 行", "副镇长", "没有这个岗位", "第 8 行", "第九村", "没有这个网格", "第 10 行", "日期不对"} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the answer does not say %q", words)
		}
	}
	if list := s.get("/people").body; strings.Contains(list, "赵书记") {
		t.Error("something was imported")
	}
	if page := s.upload(workbook(t, storetest.Roster())); page.status != http.StatusSeeOther {
		t.Fatalf("the corrected sheet: %d\n%s", page.status, page.body)
	}
	if page := s.get("/sponsors").body; !strings.Contains(page, "66/66") || !strings.Contains(page, "3,647") || !strings.Contains(page, "2/2") {
		t.Error("the town is not covered")
	}
	export := s.get("/people/export.xlsx")
	lines, err := paper.Read([]byte(export.body), []string{"姓名", "岗位", "所在网格", "手机"}, 3)
	if err != nil || len(lines) != len(storetest.Roster())+1 {
		t.Errorf("the export has %d lines: %v", len(lines), err)
	}
	if f, err := excelize.OpenReader(strings.NewReader(export.body)); err != nil {
		t.Error(err)
	} else if text, _ := f.GetCellValue("人员", "D2"); text != "" {
		t.Errorf("the export holds a phone: %q", text)
	}
}

func TestImportRefusesWhatIsNoRoster(t *testing.T) {
	t.Parallel()

	s := director(t)
	for name, tc := range map[string]struct {
		file   []byte
		status int
		words  string
	}{
		"no workbook":       {[]byte("PK\x03\x04 not a workbook"), http.StatusUnprocessableEntity, "这个文件打不开"},
		"an empty workbook": {workbook(t, nil), http.StatusUnprocessableEntity, "表格里没有人员"},
		"too many rows":     {workbook(t, slicesOf([]string{"张三", "x", "y", "", "", ""}, paper.MaxRows+1)), http.StatusUnprocessableEntity, "超过 2000 行"},
		"too large":         {make([]byte, paper.MaxBytes+1), http.StatusRequestEntityTooLarge, "超过 5 MB"},
		"far too large":     {make([]byte, paper.MaxBytes+1<<20), http.StatusRequestEntityTooLarge, "超过 5 MB"},
		"nothing":           {nil, http.StatusUnprocessableEntity, "这个文件打不开"},
	} {
		if page := s.upload(tc.file); page.status != tc.status || !strings.Contains(page.body, tc.words) {
			t.Errorf("%s: %d, want %d with %q", name, page.status, tc.status, tc.words)
		}
	}
}

func slicesOf(row []string, n int) [][]string {
	rows := make([][]string, n)
	for i := range rows {
		rows[i] = row
	}
	return rows
}

// Every route answers every kind of post as the table of permissions says.
func TestRoutesTimesRoles(t *testing.T) {
	t.Parallel()

	s := newSite(t, false)
	s.town.Exec(t, `insert into post (kind, grid_id, seat) select 'town_administrator', id, 1 from grid_unit where level = 1`)
	s.town.Employ(t, "bystander", "旁人", "volunteer@第二村") // person 2
	for kind, unit := range map[tenant.PostKind]string{
		tenant.PartySecretary: "大柳镇", tenant.Mayor: "大柳镇", tenant.TownAdministrator: "大柳镇", tenant.GridLeader: "第一村",
		tenant.Mediator: "第一村", tenant.InformationOfficer: "第一村", tenant.Volunteer: "第一村", tenant.HouseholdHead: "第一村",
		tenant.ConsultationMember: "第一村",
	} {
		login := "x" + strings.ReplaceAll(string(kind), "_", "")
		s.town.Employ(t, login, "某人", string(kind)+"@"+unit)
		s.cookies = map[string]*http.Cookie{}
		s.signIn(login, storetest.Password)
		for _, route := range web.Routes() {
			method, path, _ := strings.Cut(route.Pattern, " ")
			path = strings.ReplaceAll(strings.TrimSuffix(path, "{$}"), "{id}", "2")
			if route.Need == "public" || route.Need == tenant.OwnAccount {
				continue
			}
			response := s.send(method, path, url.Values{})
			allowed := tenant.Can([]tenant.PostKind{kind}, route.Need)
			if refused := response.status == http.StatusForbidden; refused == allowed {
				t.Errorf("%s at %s %s: %d, allowed = %v", kind, method, path, response.status, allowed)
			}
		}
	}
}

func TestPersonIsAppointedAndEnded(t *testing.T) {
	t.Parallel()

	s := director(t)
	s.town.Employ(t, "wang", "王组长", "grid_leader@第一村")
	list := s.get("/people?name=" + url.QueryEscape("王")).body
	found := regexp.MustCompile(`href="(/people/\d+)"`).FindStringSubmatch(list)
	if found == nil {
		t.Fatal("the list does not lead to the person")
	}
	if page := s.send(http.MethodPost, found[1]+"/posts", url.Values{"post": {"grid_leader"}, "grid": {"2"}, "begins": {"2026-01-01"}}); page.status != http.StatusUnprocessableEntity || !strings.Contains(page.body, "role=\"alert\"") {
		t.Errorf("the same post again: %d", page.status)
	}
	if page := s.send(http.MethodPost, found[1]+"/posts", url.Values{"post": {"mediator"}, "grid": {"2"}, "begins": {"2026-01-01"}}); page.status != http.StatusSeeOther {
		t.Errorf("appoint: %d", page.status)
	}
	page := s.get(found[1]).body
	holding := regexp.MustCompile(`name="holding" value="(\d+)"`).FindStringSubmatch(page)
	if holding == nil || !strings.Contains(page, "人民调解员") {
		t.Fatalf("the person's page does not show the new post:\n%s", page)
	}
	end := url.Values{"source": {"tenure"}, "holding": {holding[1]}, "ends": {"2030-01-01"}}
	if page := s.send(http.MethodPost, found[1]+"/end", end); page.status != http.StatusUnprocessableEntity {
		t.Errorf("ended without a reason: %d", page.status)
	}
	end.Set("reason", "任期届满")
	if page := s.send(http.MethodPost, found[1]+"/end", end); page.status != http.StatusSeeOther {
		t.Errorf("end: %d", page.status)
	}
	if page := s.get(found[1]).body; !strings.Contains(page, "任期届满") {
		t.Error("the history does not say why")
	}
}

func TestOneTimePasswordIsShownOnce(t *testing.T) {
	t.Parallel()

	s := director(t)
	if page := s.upload(workbook(t, [][]string{{"王五", "网格长", "第一村", "", "", ""}})); page.status != http.StatusSeeOther {
		t.Fatalf("import: %d", page.status)
	}
	if page := s.send(http.MethodPost, "/people/2/password", url.Values{"login": {"王"}}); page.status != http.StatusUnprocessableEntity || !strings.Contains(page.body, "登录名不对") {
		t.Errorf("no login: %d", page.status)
	}
	page := s.send(http.MethodPost, "/people/2/password", url.Values{"login": {"wangwu"}})
	shown := regexp.MustCompile(`one-time">([^<]+)<`).FindStringSubmatch(page.body)
	if page.status != http.StatusOK || shown == nil {
		t.Fatalf("issue: %d\n%s", page.status, page.body)
	}
	if again := s.get("/people/2").body; strings.Contains(again, shown[1]) || !strings.Contains(again, "wangwu") {
		t.Error("the password is shown again, or the login is not")
	}
	if page := s.get("/people/1").body; strings.Contains(page, "/people/1/password") {
		t.Error("the director is offered a reset of the own account")
	}
	s.send(http.MethodPost, "/sign-out", url.Values{})
	s.signIn("wangwu", shown[1])
	if page := s.get("/"); page.location() != "/me/password" {
		t.Errorf("the one-time password leads to %q", page.location())
	}
}
