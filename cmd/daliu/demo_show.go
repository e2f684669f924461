package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
)

// watchPoll is how often the demo looks how far the towns are.
const watchPoll = 200 * time.Millisecond

// errNotReady ends a demo whose towns were not all Ready in time.
var errNotReady = errors.New("not every town is Ready")

// A teller prints what happens, with the seconds since the start.
type teller struct {
	mu    sync.Mutex
	out   io.Writer
	start time.Time
}

func newTeller(out io.Writer) *teller { return &teller{out: out, start: time.Now()} }

// step prints one line.
func (t *teller) step(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, "%6.1fs  %s\n", time.Since(t.start).Seconds(), fmt.Sprintf(format, args...))
}

// Write passes on what another program prints.
func (t *teller) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Write(text)
}

// show applies the towns, tells how each becomes Ready, and says how to go on.
func (d *demo) show(ctx context.Context) error {
	towns, err := d.apply(ctx)
	if err != nil {
		return err
	}
	d.say.step("applied %d Townships of the sample district", towns)
	waiting, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	notReady := d.await(waiting, towns)
	if ctx.Err() != nil {
		return nil // ended by Ctrl-C
	}
	fmt.Fprintln(d.say)
	if err := d.kubectl(ctx, "get", "townships", "-n", demoDistrict, "-o", "wide"); err != nil {
		return err
	}
	if notReady != nil {
		return notReady
	}
	if err := d.checkPage(ctx); err != nil {
		return err
	}
	if d.once {
		return nil
	}
	if err := d.goOn(ctx); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// await tells of each town when its Ready condition turns, until all are Ready.
func (d *demo) await(ctx context.Context, towns int) error {
	told := map[string]string{}
	for {
		var list v1alpha1.TownshipList
		if err := d.client.List(ctx, &list, client.InNamespace(demoDistrict)); err != nil {
			return fmt.Errorf("list townships: %w", err)
		}
		ready := 0
		for i := range list.Items {
			town := &list.Items[i]
			condition := step.Find(town.Status.Conditions, v1alpha1.ConditionReady)
			if condition.Status == "True" {
				ready++
			}
			if line := describe(town, condition.Reason, condition.Message); line != told[town.Name] {
				told[town.Name] = line
				d.say.step("%s", line)
			}
		}
		if ready == towns {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d towns: %w", ready, towns, errNotReady)
		case <-time.After(watchPoll):
		}
	}
}

func describe(town *v1alpha1.Township, reason, message string) string {
	switch {
	case reason == "":
		return fmt.Sprintf("%-12s waits for a worker", town.Name)
	case town.Status.Seed == nil:
		return strings.TrimSpace(fmt.Sprintf("%-12s %s %s", town.Name, reason, message))
	}
	return strings.TrimSpace(fmt.Sprintf("%-12s %s  grids %s  posts %s  %s",
		town.Name, reason, town.Status.Seed.Grids, town.Status.Seed.Posts, message))
}

// checkPage opens Daliu's sign-in page the way a browser would.
func (d *demo) checkPage(ctx context.Context) error {
	town := &v1alpha1.Township{}
	if err := d.client.Get(ctx, client.ObjectKey{Namespace: demoDistrict, Name: "daliu"}, town); err != nil {
		return fmt.Errorf("read township daliu: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.pages.Addr().String()+"/", nil)
	if err != nil {
		return err
	}
	address, err := town.Address(d.district(ctx))
	if err != nil {
		return err
	}
	request.Host, request.Close = address.Host, true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("open %s: %w", address, err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read %s: %w", address, err)
	}
	if response.StatusCode != http.StatusOK || !strings.Contains(string(page), town.Spec.DisplayName) {
		return fmt.Errorf("open %s: %s without the town's name", address, response.Status)
	}
	d.say.step("%s answers with its sign-in page", address)
	return nil
}

func (d *demo) district(ctx context.Context) *v1alpha1.District {
	district := &v1alpha1.District{}
	if d.client.Get(ctx, client.ObjectKey{Namespace: demoDistrict, Name: v1alpha1.DistrictName}, district) != nil {
		return nil
	}
	return district
}

// goOn prints where the towns are, where the passwords are, and how to work
// with the cluster.
func (d *demo) goOn(ctx context.Context) error {
	var list v1alpha1.TownshipList
	if err := d.client.List(ctx, &list, client.InNamespace(demoDistrict)); err != nil {
		return fmt.Errorf("list townships: %w", err)
	}
	fmt.Fprintln(d.say, "\nOpen a town (user director; the password is good for one sign-in):")
	for i := range list.Items {
		town := &list.Items[i]
		secret := &corev1.Secret{}
		if err := d.client.Get(ctx, client.ObjectKey{Namespace: demoDistrict, Name: town.DirectorSecretName()}, secret); err != nil {
			return fmt.Errorf("read first password of %s: %w", town.Name, err)
		}
		fmt.Fprintf(d.say, "  %-50s %s\n", town.Status.URL, secret.Data[v1alpha1.SecretKeyPassword])
	}
	fmt.Fprintf(d.say, `
The passwords are in Secrets, such as
  kubectl -n liangzhou get secret daliu-director -o jsonpath='{.data.password}' | base64 -d

Go on in another terminal:
  export KUBECONFIG=%s PATH=%s:$PATH
  kubectl get governance -n liangzhou
  kubectl describe twn daliu -n liangzhou
  kubectl explain twn.spec.grid

Ctrl-C ends everything.
`, d.cluster.Kubeconfig, filepath.Dir(d.cluster.Kubectl))
	return nil
}
