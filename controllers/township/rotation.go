package township

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/tenant/credential"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// overlap is how long the old login works on after a new one came into use: a
// serving process sees the changed Secret at once, a mounted file within minutes.
const overlap = 10 * time.Minute

// The town's instance has two logins that are used in turn. A rotation goes
// through three states, each of which is read off the Secret, so that it goes
// on where it was after any crash:
//
//   - the next login and its password are in the Secret beside the one in use;
//   - the server knows the next login, and it becomes the one in use;
//   - after the overlap, the old one is closed.
//
// At every moment the login under the keys username and password works.

// due says whether the login in use has been in use for its period. Towns of one
// age are spread over a tenth of it.
func (s *scope) due(rotatedAt time.Time) bool {
	period := s.town.Spec.Credentials.RotationPeriod
	if period == nil {
		return false
	}
	left := rotatedAt.Add(period.Duration + spread(s.id.UID, period.Duration/10)).Sub(s.Now())
	if left > 0 {
		s.wakeIn(left)
	}
	return left <= 0
}

// spread is a part of a duration, always the same for a UID.
func spread(uid string, most time.Duration) time.Duration {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(uid)) // never fails
	return time.Duration(float64(most) * float64(sum.Sum32()) / (1 << 32))
}

// wakeIn asks for another reconcile then, if none comes earlier.
func (s *scope) wakeIn(after time.Duration) {
	if s.wake == 0 || after < s.wake {
		s.wake = after
	}
}

// rotatedAt is when the login in use came into use.
func rotatedAt(secret *corev1.Secret) time.Time {
	at, err := time.Parse(time.RFC3339, secret.Annotations[v1alpha1.RotatedAtAnnotation])
	if err != nil {
		return secret.CreationTimestamp.Time
	}
	return at
}

// other is the login that is not in use.
func other(n provision.Names, role string) string {
	if role == n.AppB {
		return n.AppA
	}
	return n.AppB
}

// beginRotation puts the next login into the Secret when the one in use is due,
// and reads what the Secret says of both logins.
func (s *scope) beginRotation(ctx context.Context, secret *corev1.Secret) error {
	n := provision.NamesOf(s.id.Code)
	if s.due(rotatedAt(secret)) && len(secret.Data[v1alpha1.SecretKeyNextPassword]) == 0 {
		password, err := credential.Random(rand.Reader)
		if err != nil {
			return err
		}
		secret.Data[v1alpha1.SecretKeyNextUsername] = []byte(other(n, string(secret.Data[v1alpha1.SecretKeyUsername])))
		secret.Data[v1alpha1.SecretKeyNextPassword] = []byte(password)
		if err := s.Update(ctx, secret); err != nil {
			return fmt.Errorf("begin rotation in Secret %s: %w", secret.Name, err)
		}
	}
	s.secrets.app = loginOf(secret)
	if password := string(secret.Data[v1alpha1.SecretKeyNextPassword]); password != "" {
		s.secrets.next = provision.Login{Role: other(n, s.secrets.app.Role), Password: password}
		s.id.Outgoing = s.secrets.next.Role // not compared: finishRotation opens it
	}
	if left := rotatedAt(secret).Add(overlap).Sub(s.Now()); left > 0 {
		s.id.Outgoing = other(n, s.secrets.app.Role)
		s.wakeIn(left)
	}
	s.town.Status.Credentials.ActiveSlot = string(s.secrets.app.Role[len(s.secrets.app.Role)-1])
	s.town.Status.Credentials.RotatedAt = &metav1.Time{Time: rotatedAt(secret)}
	return nil
}

// finishRotation brings the next login into use once the server knows it, and
// closes the old one when its time is over.
func (s *scope) finishRotation(ctx context.Context) error {
	if s.secrets.next.Role == "" {
		return nil
	}
	// Whatever the slot was before, now it has the password of the Secret.
	if err := s.server.SetPassword(ctx, s.secrets.next.Role, s.id.Verifiers[s.secrets.next.Role]); err != nil {
		return s.explain(err)
	}
	next, now := s.secrets.next, s.Now().UTC().Format(time.RFC3339)
	secret, err := s.ensureSecret(ctx, s.town.DatabaseSecretName(), func(secret *corev1.Secret) error {
		metav1.SetMetaDataAnnotation(&secret.ObjectMeta, v1alpha1.RotatedAtAnnotation, now)
		secret.Data[v1alpha1.SecretKeyPassword] = []byte(next.Password)
		delete(secret.Data, v1alpha1.SecretKeyNextUsername)
		delete(secret.Data, v1alpha1.SecretKeyNextPassword)
		return s.fillLogin(secret, next.Role)
	})
	if err != nil {
		return err
	}
	s.event(s.town, corev1.EventTypeNormal, v1alpha1.EventRotated, "Rotate",
		"%s is in use; %s works for another %s", next.Role, s.secrets.app.Role, overlap)
	s.secrets.next = provision.Login{}
	return s.beginRotation(ctx, secret)
}

// closeOutgoing closes the login that is not in use, when its overlap is over.
func (s *scope) closeOutgoing(ctx context.Context) error {
	old := other(provision.NamesOf(s.id.Code), s.secrets.app.Role)
	if s.id.Outgoing == old || s.secrets.next.Role == old || !s.seen.Roles[old].Login {
		return nil
	}
	if err := s.server.CloseLogin(ctx, old); err != nil {
		return s.explain(err)
	}
	return s.observe(ctx)
}
