// Package index names the fields by which the controllers look Townships up in
// their cache, so that no lookup costs more when there are more towns.
package index

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/daliu-governance/daliu/api/v1alpha1"
)

// The indexed fields of a Township.
const (
	Code   = "spec.code"
	Model  = "spec.model.name"
	Server = "status.server.name"
)

// Register adds the indexes to a manager's cache, before it starts.
func Register(ctx context.Context, indexer client.FieldIndexer) error {
	for field, value := range map[string]func(*v1alpha1.Township) string{
		Code:  func(t *v1alpha1.Township) string { return t.Spec.Code },
		Model: func(t *v1alpha1.Township) string { return t.Spec.Model.Name },
		// The empty name finds the Townships that are not placed yet.
		Server: func(t *v1alpha1.Township) string { return ServerOf(t) },
	} {
		err := indexer.IndexField(ctx, &v1alpha1.Township{}, field, func(object client.Object) []string {
			return []string{value(object.(*v1alpha1.Township))}
		})
		if err != nil {
			return fmt.Errorf("index townships by %s: %w", field, err)
		}
	}
	return nil
}

// ServerOf is the name of the DatabaseServer that a Township was placed on, or
// empty.
func ServerOf(town *v1alpha1.Township) string {
	if town.Status.Server == nil {
		return ""
	}
	return town.Status.Server.Name
}

// TownshipsBy lists the Townships of all namespaces with that value of an
// indexed field.
func TownshipsBy(ctx context.Context, reader client.Reader, field, value string) ([]v1alpha1.Township, error) {
	var list v1alpha1.TownshipList
	if err := reader.List(ctx, &list, client.MatchingFields{field: value}); err != nil {
		return nil, fmt.Errorf("list townships by %s %q: %w", field, value, err)
	}
	return list.Items, nil
}
