package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/paper"
	"github.com/daliu-governance/daliu/tenant/store"
	"github.com/daliu-governance/daliu/tenant/web/ui"
)

// The heads of the roster's sheet. The first three must be there. They are
// Chinese in every language: the sheet goes from hand to hand.
const rosterNeeded = 3

func rosterHeads() []string {
	return []string{"姓名", "岗位", "所在网格", "手机", "户数", "开始日期"}
}

// mostUpload bounds the form that carries a sheet.
const mostUpload = paper.MaxBytes + 64<<10

// A rosterPage is the form for a sheet, and, once one was sent, what is to be
// corrected in it.
type rosterPage struct {
	Fault  string // of the whole file
	Faults []tenant.RosterFault
	Rows   int
	Shown  int
}

// mostFaults is how many faults one page lists: who corrects these finds the
// next ones the next time.
const mostFaults = 200

func (s *Server) rosterForm(w http.ResponseWriter, r *request) error {
	return s.showRosterForm(w, r, http.StatusOK, rosterPage{})
}

func (s *Server) showRosterForm(w http.ResponseWriter, r *request, status int, page rosterPage) error {
	actor, me, err := r.town.Me(r.Context(), r.access)
	if err != nil {
		return err
	}
	page.Shown = min(len(page.Faults), mostFaults)
	r.view.Actor, r.view.Town, r.view.InForm = actor, me.Town, page.Fault != "" || page.Shown > 0
	return s.render(w, r, status, rosterTempl(r.view, page))
}

// importRoster takes a sheet. Either all of its rows hold from now on, or none
// and the page says what to correct in which row. Who may not send one is told
// before the sheet is read.
func (s *Server) importRoster(w http.ResponseWriter, r *request) error {
	_, roster, err := r.town.Roster(r.Context(), r.access)
	if err != nil {
		return err
	}
	refuse := func(status int, text string) error {
		return s.showRosterForm(w, r, status, rosterPage{Fault: text})
	}
	data, err := sheetOf(r)
	if _, large := errors.AsType[*http.MaxBytesError](err); large || len(data) > paper.MaxBytes {
		return refuse(http.StatusRequestEntityTooLarge, r.view.T("文件超过 5 MB，没有读取。请删去图片和多余的工作表再上传。"))
	}
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, r.view.T("没有收到文件。请先选好填写完的表格，再点上传。"))
	}
	lines, err := paper.Read(data, rosterHeads(), rosterNeeded)
	switch {
	case errors.Is(err, paper.ErrTooMany):
		return refuse(http.StatusUnprocessableEntity, r.view.T("表格超过 %d 行。请分成几份上传。", paper.MaxRows))
	case errors.Is(err, paper.ErrMerged):
		return refuse(http.StatusUnprocessableEntity, r.view.T("表格里有合并的单元格。请取消合并，每行写全，再上传。"))
	case errors.Is(err, paper.ErrNoHeads):
		return refuse(http.StatusUnprocessableEntity, r.view.T("没有找到表头。第一行要有“姓名、岗位、所在网格”，请用本页的模板填写。"))
	case err != nil:
		return refuse(http.StatusUnprocessableEntity, r.view.T("这个文件打不开。请另存为 Excel 工作簿（.xlsx），不要加密码，再上传。"))
	case len(lines) == 0:
		return refuse(http.StatusUnprocessableEntity, r.view.T("表格里没有人员。请从第二行起，一行写一个人的一个岗位。"))
	}
	rows := make([]tenant.RosterRow, len(lines))
	for i, line := range lines {
		rows[i] = tenant.RosterRow{
			Line: line.Number, Name: line.Texts[0], Post: line.Texts[1], Grid: line.Texts[2],
			Phone: line.Texts[3], Households: line.Texts[4], Begins: line.Texts[5],
		}
	}
	added, err := r.town.Enrol(r.Context(), r.access, store.Enrolment{Rows: rows, Words: rosterWords(roster), Today: r.view.Today})
	if faults, found := errors.AsType[store.RosterError](err); found {
		return s.showRosterForm(w, r, http.StatusUnprocessableEntity, rosterPage{Faults: faults, Rows: len(rows)})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/people?added="+strconv.Itoa(added), http.StatusSeeOther)
	return nil
}

// sheetOf is the file that came with a form.
func sheetOf(r *request) ([]byte, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, err
		}
		if part.FormName() == "sheet" && part.FileName() != "" {
			return io.ReadAll(io.LimitReader(part, paper.MaxBytes+1))
		}
	}
}

// rosterWords are the Chinese names of posts and units, without spaces. A
// village's group is named with its village.
func rosterWords(roster tenant.Roster) tenant.RosterWords {
	words := tenant.RosterWords{Posts: map[string]tenant.PostKind{}, Grids: map[string]int{}}
	for _, kind := range tenant.PostKinds() {
		words.Posts[ui.View{}.Post(kind)] = kind
	}
	for id, name := range roster.Place.Grid.Names() {
		words.Grids[tenant.RosterRow{Grid: name}.Tidy().Grid] = id
	}
	return words
}

// rosterTemplate is the sheet to fill in, with this town's posts and units to
// choose from.
func (s *Server) rosterTemplate(w http.ResponseWriter, r *request) error {
	_, roster, err := r.town.Roster(r.Context(), r.access)
	if err != nil {
		return err
	}
	return s.sendSheet(w, roster, nil, r.view.T("%s人员模板", roster.Place.Name))
}

// exportRoster is the roster as a sheet of the same shape, without the phones:
// a number is seen one by one, with a reason.
func (s *Server) exportRoster(w http.ResponseWriter, r *request) error {
	_, roster, err := r.town.Roster(r.Context(), r.access)
	if err != nil {
		return err
	}
	names, day := roster.Place.Grid.Names(), tenant.Day(r.view.Today)
	var rows [][]string
	for _, p := range roster.People {
		for _, h := range p.Holdings {
			if h.Over(day) {
				continue
			}
			households := ""
			if h.Households > 0 {
				households = strconv.Itoa(h.Households)
			}
			rows = append(rows, []string{p.Name, ui.View{}.Post(h.Kind), names[h.GridID], "", households, h.Begins.Format(time.DateOnly)})
		}
	}
	return s.sendSheet(w, roster, rows, r.view.T("%s人员 %s", roster.Place.Name, day.Format(time.DateOnly)))
}

func (*Server) sendSheet(w http.ResponseWriter, roster tenant.Roster, rows [][]string, name string) error {
	names := roster.Place.Grid.Names()
	sheet := paper.Sheet{
		Name: "人员", Heads: rosterHeads(), Rows: rows, Lists: make([][]string, len(rosterHeads())), Width: []float64{14, 20, 22, 16, 10, 16},
		Hints: []string{
			"写全名。同一个人兼几个岗位，就写几行。", "从下拉单里选。", "从下拉单里选。组要连村名，例如 第一村1组。",
			"可以不填。有两个人同名时要填，用来区分。不要填身份证号。", "只有“包户干部”要填：包多少户，只填数，不列户主。",
			"例如 2026-01-05。不填就是上传当天。",
		},
	}
	for _, kind := range tenant.PostKinds() {
		sheet.Lists[1] = append(sheet.Lists[1], ui.View{}.Post(kind))
	}
	for _, u := range roster.Place.Grid.Units {
		sheet.Lists[2] = append(sheet.Lists[2], names[u.ID])
	}
	var file bytes.Buffer
	if err := paper.Write(&file, sheet); err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
	header.Set("Content-Disposition", "attachment; filename=\"roster.xlsx\"; filename*=UTF-8''"+url.PathEscape(name+".xlsx"))
	header.Set("Content-Length", strconv.Itoa(file.Len()))
	_, _ = w.Write(file.Bytes()) // a reader who left is no news
	return nil
}

// columnName is what a column of the roster is called.
func columnName(v ui.View, column tenant.RosterColumn) string {
	switch column {
	case tenant.NameColumn:
		return v.T("姓名")
	case tenant.PhoneColumn:
		return v.T("手机")
	case tenant.PostColumn:
		return v.T("岗位")
	case tenant.GridColumn:
		return v.T("所在网格")
	case tenant.HouseholdsColumn:
		return v.T("户数")
	case tenant.BeginsColumn:
		return v.T("开始日期")
	}
	return string(column)
}

// faultText says what is wrong and what to enter instead.
func faultText(v ui.View, f tenant.RosterFault) string {
	switch f.Kind {
	case tenant.FaultMissing:
		return v.T("没有填%s。请填上。", columnName(v, f.Column))
	case tenant.FaultName:
		return v.T("姓名里有数字或符号，或者太长。请只写姓名。")
	case tenant.FaultPhone:
		return v.T("不是电话号码。手机写 11 位数字，座机写区号加号码；没有就空着。")
	case tenant.FaultIDNumber:
		return v.T("像是身份证号。本平台不收身份证号，请删掉，改填手机号或空着。")
	case tenant.FaultPhoneTaken:
		return v.T("这个号码已经登记在另一个姓名下。请核对姓名和号码。")
	case tenant.FaultPhoneNeeded:
		return v.T("有两个人叫这个名字。请填手机号，好知道是哪一位。")
	case tenant.FaultPost:
		return v.T("没有这个岗位。请从模板的下拉单里选。")
	case tenant.FaultGrid:
		return v.T("没有这个网格。请从模板的下拉单里选，组要连村名。")
	case tenant.FaultNotHere:
		return v.T("这个网格不设这个岗位。请核对岗位和网格。")
	case tenant.FaultNoSeat:
		return v.T("这个网格的这个岗位有 %d 个，都有人了。请先结束原来的，或换一个网格。", f.Other)
	case tenant.FaultTwice:
		return v.T("和第 %d 行重复。请删去一行。", f.Other)
	case tenant.FaultHolds:
		return v.T("这个人已经在这个岗位上。请删去这一行。")
	case tenant.FaultDate:
		return v.T("日期不对。请写成 2026-01-05 这样，不早于 1950 年，不晚于一年以后。")
	case tenant.FaultNumber:
		return v.T("包户干部要填包多少户，填 1 到 99999 的数。")
	case tenant.FaultTooMany:
		return v.T("加起来超过了这个网格的 %d 户。请核对户数。", f.Other)
	case tenant.FaultNotYours:
		return v.T("这个岗位只能由综治中心主任任命，自己也不能任命自己。请删去这一行，交给主任办理。")
	}
	return fmt.Sprint(f.Kind)
}
