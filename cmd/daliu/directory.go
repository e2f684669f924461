package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"strings"
	"sync"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
	"github.com/daliu-governance/daliu/tenant"
	"github.com/daliu-governance/daliu/tenant/credential"
	"github.com/daliu-governance/daliu/tenant/store"
)

// hostField indexes Townships by the host that their spec sets.
const hostField = "spec.instance.host"

// A directory knows which town a host belongs to, from the Townships and
// Secrets of one namespace. It reads from its cache: when the API server is
// away, the towns it knows go on being served.
type directory struct {
	cache     cache.Cache
	namespace string
	hasher    *credential.Hasher
	log       *zap.Logger

	mu    sync.Mutex
	towns map[types.UID]*openTown
}

// An openTown is a town with an open store.
type openTown struct {
	store *store.Store
	// secret is the version of the Secret that the store was opened with.
	secret string
}

func newDirectory(cluster *rest.Config, namespace string, logger *zap.Logger) (*directory, error) {
	scheme, err := newScheme()
	if err != nil {
		return nil, err
	}
	ours, err := labels.NewRequirement(v1alpha1.TownshipLabel, selection.Exists, nil)
	if err != nil {
		return nil, err
	}
	watched, err := cache.New(cluster, cache.Options{
		Scheme:            scheme,
		DefaultNamespaces: map[string]cache.Config{namespace: {}},
		DefaultTransform:  cache.TransformStripManagedFields(),
		ByObject:          map[client.Object]cache.ByObject{&corev1.Secret{}: {Label: labels.NewSelector().Add(*ours)}},
	})
	if err != nil {
		return nil, err
	}
	return &directory{
		cache: watched, namespace: namespace, log: logger,
		hasher: credential.NewHasher(rand.Reader), towns: map[types.UID]*openTown{},
	}, nil
}

// Run watches until ctx ends, and closes the stores of towns that are gone.
func (d *directory) Run(ctx context.Context) error {
	defer d.closeAll()
	err := d.cache.IndexField(ctx, &v1alpha1.Township{}, hostField, func(object client.Object) []string {
		return []string{object.(*v1alpha1.Township).Spec.Instance.Host}
	})
	if err != nil {
		return fmt.Errorf("index townships by host: %w", err)
	}
	for _, kind := range []client.Object{&v1alpha1.Township{}, &v1alpha1.District{}, &corev1.Secret{}} {
		informer, err := d.cache.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
		if err != nil {
			return fmt.Errorf("watch %T: %w", kind, err)
		}
		if _, isTown := kind.(*v1alpha1.Township); !isTown {
			continue
		}
		if _, err := informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{DeleteFunc: d.forget}); err != nil {
			return fmt.Errorf("watch townships: %w", err)
		}
	}
	return d.cache.Start(ctx)
}

// Lookup returns the store of the town that a host belongs to. It returns
// [tenant.ErrNotFound] when there is none, and [tenant.ErrUnavailable] when the
// town has no credential yet.
func (d *directory) Lookup(ctx context.Context, host string) (*store.Store, error) {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	town, err := d.find(ctx, strings.ToLower(strings.TrimSuffix(host, ".")))
	if err != nil {
		return nil, err
	}
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: d.namespace, Name: town.DatabaseSecretName()}
	if err := d.cache.Get(ctx, key, secret); err != nil {
		if apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("credential of %s is not there: %w", town.Name, tenant.ErrUnavailable)
		}
		return nil, fmt.Errorf("read Secret %s: %w", key, err)
	}
	if !metav1.IsControlledBy(secret, town) {
		return nil, fmt.Errorf("credential %s is not the town's: %w", key, tenant.ErrUnavailable)
	}
	return d.open(ctx, town.UID, secret)
}

// find reads a host as <township>.<host of the District's baseURL>, or as the
// host that a Township's spec sets.
func (d *directory) find(ctx context.Context, host string) (*v1alpha1.Township, error) {
	district := &v1alpha1.District{}
	err := d.cache.Get(ctx, client.ObjectKey{Namespace: d.namespace, Name: v1alpha1.DistrictName}, district)
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("read district: %w", err)
	}
	name, _, _ := strings.Cut(host, ".")
	town := &v1alpha1.Township{}
	if err == nil && d.cache.Get(ctx, client.ObjectKey{Namespace: d.namespace, Name: name}, town) == nil {
		if address, err := town.Address(district); err == nil && address.Hostname() == host {
			return town, nil
		}
	}
	var towns v1alpha1.TownshipList
	if err := d.cache.List(ctx, &towns, client.MatchingFields{hostField: host}); err != nil {
		return nil, fmt.Errorf("find host: %w", err)
	}
	if len(towns.Items) != 1 {
		return nil, fmt.Errorf("%d towns have the host: %w", len(towns.Items), tenant.ErrNotFound)
	}
	return &towns.Items[0], nil
}

// open returns the town's store, opened anew when its Secret changed.
func (d *directory) open(ctx context.Context, uid types.UID, secret *corev1.Secret) (*store.Store, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	was := d.towns[uid]
	if was != nil && was.secret == secret.ResourceVersion {
		return was.store, nil
	}
	opened, err := store.Open(ctx, store.Config{
		ConnString: string(secret.Data[v1alpha1.SecretKeyURI]),
		Password:   string(secret.Data[v1alpha1.SecretKeyPassword]),
		SigningKey: secret.Data[v1alpha1.SecretKeySigning],
		Hasher:     d.hasher,
	})
	if err != nil {
		return nil, fmt.Errorf("open town of Secret %s: %w", secret.Name, err)
	}
	d.towns[uid] = &openTown{store: opened, secret: secret.ResourceVersion}
	if was != nil {
		go was.store.Close() // waits for what is under way
	}
	return opened, nil
}

func (d *directory) forget(object any) {
	if gone, missed := object.(toolscache.DeletedFinalStateUnknown); missed {
		object = gone.Obj
	}
	town, isTown := object.(*v1alpha1.Township)
	if !isTown {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if open := d.towns[town.UID]; open != nil {
		delete(d.towns, town.UID)
		go open.store.Close()
	}
}

func (d *directory) closeAll() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for uid, open := range d.towns {
		open.store.Close()
		delete(d.towns, uid)
	}
}
