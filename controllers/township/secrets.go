package township

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"net"
	"net/url"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/controllers/step"
	"github.com/daliu-governance/daliu/tenant/credential"
	"github.com/daliu-governance/daliu/tenant/provision"
)

// secrets are what a town's Secrets hold. They live in memory for one
// reconcile and are never logged.
type secrets struct {
	app, rollup provision.Login
	next        provision.Login // about to come into use; mostly none
	signingKey  []byte
	// director is the one-time password of the first account, empty once the
	// town was seeded.
	director string
}

// ensureSecrets reads the town's Secrets, and makes those that are missing with
// fresh passwords. A password in a Secret is the truth: the server follows it.
func (s *scope) ensureSecrets(ctx context.Context) error {
	s.town.Status.Credentials = &v1alpha1.Credentials{
		SecretName: s.town.DatabaseSecretName(), FirstLoginSecretName: firstLoginOf(s.town),
	}
	app, err := s.ensureSecret(ctx, s.town.DatabaseSecretName(), s.fillApp)
	if err != nil {
		return err
	}
	rollup, err := s.ensureSecret(ctx, s.town.RollupSecretName(), func(secret *corev1.Secret) error {
		return s.fillLogin(secret, provision.NamesOf(s.id.Code).Rollup)
	})
	if err != nil {
		return err
	}
	s.secrets = secrets{rollup: loginOf(rollup), signingKey: app.Data[v1alpha1.SecretKeySigning]}
	if err := s.beginRotation(ctx, app); err != nil {
		return err
	}
	if err := s.ensureDirector(ctx); err != nil {
		return err
	}
	s.id.Verifiers = map[string]string{}
	for _, login := range []provision.Login{s.secrets.app, s.secrets.rollup, s.secrets.next} {
		if login.Role == "" {
			continue
		}
		if s.id.Verifiers[login.Role], err = credential.SCRAMVerifier(login.Password, rand.Reader); err != nil {
			return err
		}
	}
	return nil
}

func loginOf(secret *corev1.Secret) provision.Login {
	return provision.Login{
		Role: string(secret.Data[v1alpha1.SecretKeyUsername]), Password: string(secret.Data[v1alpha1.SecretKeyPassword]),
	}
}

// fillApp completes the Secret of the instance's login. Which of the two logins
// is in use is the Secret's to say.
func (s *scope) fillApp(secret *corev1.Secret) error {
	n := provision.NamesOf(s.id.Code)
	role := string(secret.Data[v1alpha1.SecretKeyUsername])
	if role != n.AppA && role != n.AppB {
		role = n.AppA
	}
	if len(secret.Data[v1alpha1.SecretKeySigning]) != credential.KeySize {
		key, err := credential.Key(rand.Reader)
		if err != nil {
			return err
		}
		secret.Data[v1alpha1.SecretKeySigning] = key
	}
	return s.fillLogin(secret, role)
}

// fillLogin completes a Secret with everything that it takes to connect as a
// role.
func (s *scope) fillLogin(secret *corev1.Secret, role string) error {
	if len(secret.Data[v1alpha1.SecretKeyPassword]) == 0 {
		password, err := credential.Random(rand.Reader)
		if err != nil {
			return err
		}
		secret.Data[v1alpha1.SecretKeyPassword] = []byte(password)
	}
	host, port := s.server.Endpoint()
	database := provision.NamesOf(s.id.Code).Database
	address := url.URL{
		Scheme: "postgres", Host: net.JoinHostPort(host, strconv.Itoa(port)), Path: database,
		User: url.User(role), RawQuery: "sslmode=" + s.server.SSLMode() + "&" + provision.RequireSCRAM,
	}
	maps.Copy(secret.Data, map[string][]byte{
		"host": []byte(host), "port": []byte(strconv.Itoa(port)), "dbname": []byte(database),
		v1alpha1.SecretKeyUsername: []byte(role), v1alpha1.SecretKeyURI: []byte(address.String()),
	})
	return nil
}

// firstLoginOf is the Secret with the director's one-time password, if this
// Township ever made one: an adopted town has its accounts already.
func firstLoginOf(town *v1alpha1.Township) string {
	if town.Status.Credentials == nil {
		return ""
	}
	return town.Status.Credentials.FirstLoginSecretName
}

// ensureDirector keeps the one-time password of the town's first account, until
// the town was seeded with it: afterwards the Secret may be deleted.
func (s *scope) ensureDirector(ctx context.Context) error {
	if s.seen.Database != nil {
		if mark, _ := s.seen.Database.Mark(); mark.Model != "" {
			return nil
		}
	}
	secret, err := s.ensureSecret(ctx, s.town.DirectorSecretName(), func(secret *corev1.Secret) error {
		secret.Data[v1alpha1.SecretKeyUsername] = []byte("director")
		if len(secret.Data[v1alpha1.SecretKeyPassword]) > 0 {
			return nil
		}
		password, err := credential.OneTimePassword(rand.Reader)
		if err != nil {
			return err
		}
		secret.Data[v1alpha1.SecretKeyPassword] = []byte(password)
		return nil
	})
	if err != nil {
		return err
	}
	s.secrets.director = string(secret.Data[v1alpha1.SecretKeyPassword])
	s.town.Status.Credentials.FirstLoginSecretName = secret.Name
	return nil
}

// ensureSecret reads a Secret, lets fill complete it, and writes it if
// that changed something. A Secret that is not this Township's is a conflict:
// whoever made it first must not learn or choose the town's password.
func (s *scope) ensureSecret(ctx context.Context, name string, fill func(*corev1.Secret) error) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: s.town.Namespace, Name: name}
	err := s.Get(ctx, key, secret)
	if apierrors.IsNotFound(err) {
		return s.createSecret(ctx, key, fill)
	}
	if err != nil {
		return nil, fmt.Errorf("read Secret %s: %w", key, err)
	}
	if !metav1.IsControlledBy(secret, s.town) {
		return nil, step.Stop(v1alpha1.ReasonConflict,
			"Secret %s exists and is not this Township's. It is left untouched: delete or rename it", key)
	}
	if secret.Data == nil {
		secret.Data = map[string][]byte{}
	}
	before := secret.DeepCopy()
	// By this label the Secret is watched and served.
	metav1.SetMetaDataLabel(&secret.ObjectMeta, v1alpha1.TownshipLabel, s.town.Name)
	if err := fill(secret); err != nil {
		return nil, err
	}
	if equality.Semantic.DeepEqual(before, secret) {
		return secret, nil
	}
	if err := s.Update(ctx, secret); err != nil {
		return nil, fmt.Errorf("write Secret %s: %w", key, err)
	}
	return secret, nil
}

func (s *scope) createSecret(ctx context.Context, key client.ObjectKey, fill func(*corev1.Secret) error) (*corev1.Secret, error) {
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: key.Namespace, Name: key.Name, Labels: map[string]string{v1alpha1.TownshipLabel: s.town.Name},
		},
		Data: map[string][]byte{},
	}
	if err := controllerutil.SetControllerReference(s.town, secret, s.Scheme()); err != nil {
		return nil, fmt.Errorf("own Secret %s: %w", key, err)
	}
	if err := fill(secret); err != nil {
		return nil, err
	}
	if err := s.Create(ctx, secret); err != nil {
		return nil, fmt.Errorf("create Secret %s: %w", key, err)
	}
	return secret, nil
}
