package system_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/test/system"
)

// While logins are rotated, whoever reads the Secret gets in, and whoever still
// holds the login before it gets in; the one before that is out.
func TestRotationLocksNobodyOut(t *testing.T) {
	d := system.Start(t)
	town := system.Daliu(t, "rotated", 1)
	town.Spec.Credentials.RotationPeriod = &metav1.Duration{Duration: time.Hour}
	d.Create(t, town)
	d.UntilReady(t, "rotated")

	var tried, refused atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- readAndEnter(ctx, d, &tried, &refused) }()

	first := databaseSecret(t, d, "rotated")
	second := rotate(t, d, first)
	if err := enter(t.Context(), d, first); err != nil {
		t.Errorf("the old login within the overlap: %v", err)
	}
	if string(first.Data[v1alpha1.SecretKeyUsername]) == string(second.Data[v1alpha1.SecretKeyUsername]) {
		t.Error("the login in use did not change")
	}
	third := rotate(t, d, second)
	if err := enter(t.Context(), d, second); err != nil {
		t.Errorf("the old login within the overlap: %v", err)
	}
	if err := enter(t.Context(), d, first); err == nil {
		t.Error("the password before the last still works")
	}

	// The overlap is over.
	age(t, d, third, 11*time.Minute)
	d.Until(t, "rotated", "closed to the old login", func(*v1alpha1.Township) bool { return enter(t.Context(), d, second) != nil })
	d.Until(t, "rotated", "entered often enough to tell", func(*v1alpha1.Township) bool { return tried.Load() >= 20 })
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if refused.Load() > 0 {
		t.Errorf("%d of %d logins with what the Secret said were refused", refused.Load(), tried.Load())
	}
	seen := d.UntilReady(t, "rotated")
	if seen.Status.Credentials.ActiveSlot != "a" || seen.Status.Credentials.RotatedAt == nil {
		t.Errorf("status = %+v", seen.Status.Credentials)
	}
	t.Logf("%d logins, none refused", tried.Load())
}

// rotate makes a login look older than its period and waits for its successor.
func rotate(t *testing.T, d *system.District, old *corev1.Secret) *corev1.Secret {
	t.Helper()
	age(t, d, old, 2*time.Hour)
	var now *corev1.Secret
	d.Until(t, "rotated", "given a new login", func(*v1alpha1.Township) bool {
		now = databaseSecret(t, d, "rotated")
		return string(now.Data[v1alpha1.SecretKeyPassword]) != string(old.Data[v1alpha1.SecretKeyPassword])
	})
	return now
}

func age(t *testing.T, d *system.District, secret *corev1.Secret, by time.Duration) {
	t.Helper()
	before := databaseSecret(t, d, "rotated")
	after := before.DeepCopy()
	metav1.SetMetaDataAnnotation(&after.ObjectMeta, v1alpha1.RotatedAtAnnotation, time.Now().Add(-by).UTC().Format(time.RFC3339))
	if err := d.Client.Patch(t.Context(), after, client.MergeFrom(before)); err != nil {
		t.Fatalf("age %s: %v", secret.Name, err)
	}
}

func databaseSecret(t *testing.T, d *system.District, town string) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{}
	if err := d.Client.Get(t.Context(), client.ObjectKey{Namespace: system.Namespace, Name: town + "-database"}, secret); err != nil {
		t.Fatal(err)
	}
	return secret
}

// readAndEnter reads the Secret and logs in with it, over and over.
func readAndEnter(ctx context.Context, d *system.District, tried, refused *atomic.Int64) error {
	for ctx.Err() == nil {
		secret := &corev1.Secret{}
		err := d.Client.Get(ctx, client.ObjectKey{Namespace: system.Namespace, Name: "rotated-database"}, secret)
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("read secret: %w", err)
		}
		if err == nil && enter(ctx, d, secret) != nil && ctx.Err() == nil {
			refused.Add(1)
		}
		tried.Add(1)
	}
	return nil
}

func enter(ctx context.Context, d *system.District, secret *corev1.Secret) error {
	conn, err := pgx.Connect(ctx, d.Postgres.URL(
		string(secret.Data[v1alpha1.SecretKeyUsername]), string(secret.Data[v1alpha1.SecretKeyPassword]), string(secret.Data["dbname"])))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}
