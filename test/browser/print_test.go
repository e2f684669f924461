package browser_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestPrintIsAPageOfItsOwn looks at the pages as a printer gets them: the width
// between the margins of A4, without menus and buttons.
func TestPrintIsAPageOfItsOwn(t *testing.T) {
	t.Parallel()

	town := server.Town(t)
	b := open(t, serve(t, town), 590) // 210 mm less 28 and 26 mm, at 96 dots an inch
	b.cookie("session", signedIn(t, town).Token)
	for _, path := range []string{"/", "/grid"} {
		b.visit(path)
		b.do(func(ctx context.Context, t *chromedp.Target) (none chromedp.Void, err error) {
			_, err = cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
			return none, err
		})
		b.picture("print" + strings.ReplaceAll(path, "/", "-"))
		if shown := b.text(`[...document.querySelectorAll('nav, button, .btn, .choices, .skip')]
			.filter(e => e.checkVisibility()).map(e => e.tagName + e.textContent.trim()).join(', ')`); shown != "" {
			t.Errorf("%s prints what only a screen needs: %s", path, shown)
		}
		if wide := evaluate[int](b, "document.documentElement.scrollWidth"); wide > 590 {
			t.Errorf("%s is %d wide on paper of 590", path, wide)
		}
		b.wants("the printed page", "大柳镇", "3,647 户", "第七村")
	}
}
