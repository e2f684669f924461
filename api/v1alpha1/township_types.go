package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Township says that a town shall exist: its own database with its own roles,
// its three-level grid, and an instance in which its people work. Numbers and
// names of places only; the names of people never belong in a manifest.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=twn,categories=governance
// +kubebuilder:selectablefield:JSONPath=`.spec.code`
// +kubebuilder:selectablefield:JSONPath=`.spec.model.name`
// +kubebuilder:selectablefield:JSONPath=`.status.server.name`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Model",type=string,JSONPath=`.spec.model.name`
// +kubebuilder:printcolumn:name="Server",type=string,JSONPath=`.status.server.name`
// +kubebuilder:printcolumn:name="Grids",type=string,JSONPath=`.status.seed.grids`,description="Units of the first, second and third level"
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:printcolumn:name="Code",type=string,JSONPath=`.spec.code`,priority=1
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.url`,priority=1
// +kubebuilder:printcolumn:name="Database",type=string,JSONPath=`.status.database.name`,priority=1
// +kubebuilder:printcolumn:name="Posts",type=string,JSONPath=`.status.seed.posts`,priority=1,description="Mediators, information officers, volunteers and household heads"
// +kubebuilder:printcolumn:name="Name",type=string,JSONPath=`.spec.displayName`,priority=1
// +kubebuilder:validation:XValidation:rule="self.metadata.name.matches('^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$')",message="metadata.name becomes part of the town's host: use 1 to 40 of a-z, 0-9 and -, beginning with a letter, such as daliu"
type Township struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the district wants for this town.
	// +required
	Spec TownshipSpec `json:"spec"`
	// status is what the operator last saw. It is never an input to a
	// destructive step.
	// +optional
	Status TownshipStatus `json:"status,omitempty"`
}

// TownshipSpec is what the district wants for one town.
//
// +kubebuilder:validation:XValidation:rule="!has(self.areas) || self.areas.all(a, a.grids.all(g, self.grid.villages.exists(v, v.name == g) || (has(self.grid.communities) && self.grid.communities.exists(c, c.name == g))))",message="areas[].grids may only name villages and communities of spec.grid"
// +kubebuilder:validation:XValidation:rule="!has(self.areas) || self.areas.all(a, a.grids.all(g, self.areas.exists_one(b, g in b.grids)))",message="a village or community belongs to one area only: remove it from the other areas[].grids"
type TownshipSpec struct {
	// code is the town's 12-digit administrative division code. The names of its
	// database and roles derive from it. Immutable. Example: "620602130000".
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]{8}000$`
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="code is immutable: the town's database is named by it; to correct a wrong code, delete this Township and apply a new one"
	// +required
	Code string `json:"code"`
	// displayName is the town's name as its people write it, shown on every
	// page, 1 to 20 characters. Example: 大柳镇.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:Pattern=`^[\p{Han}A-Za-z0-9·]+$`
	// +required
	DisplayName string `json:"displayName"`
	// description is shown on the town's home page, at most 500 characters of
	// plain text. Default: none.
	// +kubebuilder:validation:MaxLength=500
	// +kubebuilder:validation:Pattern=`^[^\x00-\x08\x0b-\x1f<>]*$`
	// +optional
	Description string `json:"description,omitempty"`
	// model names the GovernanceModel that the town works by.
	// +required
	Model ModelReference `json:"model"`
	// grid is the town's three-level grid: the town itself, its villages and
	// communities, and their groups, with the posts and bodies on them.
	// +required
	Grid Grid `json:"grid"`
	// areas partition villages and communities among the town's leaders (片区).
	// Default: none.
	// +kubebuilder:validation:MaxItems=10
	// +listType=map
	// +listMapKey=name
	// +optional
	Areas []Area `json:"areas,omitempty"`
	// units are the offices that work in the town's governance centre. Default:
	// none.
	// +kubebuilder:validation:MaxItems=30
	// +listType=map
	// +listMapKey=name
	// +optional
	Units []Unit `json:"units,omitempty"`
	// placement chooses the DatabaseServer once; a placed town stays where it
	// is. Default: any schedulable server with room, the emptiest first.
	// +optional
	Placement Placement `json:"placement,omitzero"`
	// instance says how the town is served.
	// +optional
	Instance Instance `json:"instance,omitzero"`
	// reclaimPolicy says what becomes of the database when this Township is
	// deleted. Retain leaves it on the server, marked and closed to the town's
	// own logins. Delete drops it, and is refused unless the annotation
	// governance.daliu.dev/confirm-delete holds the Township's name. Default:
	// Retain.
	// +kubebuilder:default=Retain
	// +optional
	ReclaimPolicy ReclaimPolicy `json:"reclaimPolicy,omitempty"`
	// deletionProtection refuses the deletion of this Township while true.
	// Default: true.
	// +kubebuilder:default=true
	// +optional
	DeletionProtection *bool `json:"deletionProtection,omitempty"`
	// credentials says how often the password of the town's instance is replaced.
	// +optional
	Credentials CredentialsPolicy `json:"credentials,omitzero"`
	// adopt takes over the database that a deleted Township left behind, with all
	// its records. Default: nothing is adopted; a database of this code that
	// somebody left is a conflict.
	// +optional
	Adopt *Adoption `json:"adopt,omitempty"`
	// drift says what the operator does when somebody changed the town's database
	// or roles on the server behind its back. Enforce puts right what loses no
	// data. Observe changes nothing and says in the Drifted condition what it
	// would. Default: Enforce.
	// +kubebuilder:default=Enforce
	// +optional
	Drift DriftPolicy `json:"drift,omitempty"`
	// suspend stops the operator from changing anything of this town, deletion
	// included; the town itself works on. Default: false.
	// +optional
	Suspend bool `json:"suspend,omitempty"`
}

// ReclaimPolicy says what becomes of a database whose Township is deleted.
// +kubebuilder:validation:Enum=Retain;Delete
type ReclaimPolicy string

// The reclaim policies.
const (
	ReclaimRetain ReclaimPolicy = "Retain"
	ReclaimDelete ReclaimPolicy = "Delete"
)

// DriftPolicy says what is done about changes behind the operator's back.
// +kubebuilder:validation:Enum=Enforce;Observe
type DriftPolicy string

// The drift policies.
const (
	DriftEnforce DriftPolicy = "Enforce"
	DriftObserve DriftPolicy = "Observe"
)

// CredentialsPolicy says how often passwords are replaced.
type CredentialsPolicy struct {
	// rotationPeriod after which the instance's login is replaced by another with
	// a new password, at least 1h. The old one works on for 10 minutes, so that
	// nobody is locked out in between. Default: never. Example: 720h.
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1h')",message="rotate at most once an hour: set 1h or more"
	// +kubebuilder:validation:Format=duration
	// +optional
	RotationPeriod *metav1.Duration `json:"rotationPeriod,omitempty"`
}

// Adoption names the database that is taken over by whose it was.
type Adoption struct {
	// townshipUID is the metadata.uid of the Township that left the database, as
	// the mark on the database and the Conflict condition say it.
	// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`
	// +required
	TownshipUID string `json:"townshipUID"`
}

// ModelReference names a GovernanceModel.
type ModelReference struct {
	// name of a GovernanceModel. Example: daliu-2021.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +required
	Name string `json:"name"`
}

// Grid is the town's grid as the district lays it down.
//
// +kubebuilder:validation:XValidation:rule="self.villages.map(v, has(v.households) ? v.households : 0).sum() <= self.households",message="the villages' households add up to more than grid.households: correct one of them (a community's households count beside)"
// +kubebuilder:validation:XValidation:rule="self.villages.map(v, has(v.population) ? v.population : 0).sum() <= self.population",message="the villages' population adds up to more than grid.population: correct one of them"
// +kubebuilder:validation:XValidation:rule="!has(self.communities) || self.communities.all(c, !self.villages.exists(v, v.name == c.name))",message="a village and a community have the same name: rename one of them"
type Grid struct {
	// households of the town's villages, a count. Those of communities stand
	// beside it. Example: 3647.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000000
	// +required
	Households int32 `json:"households"`
	// population of the town, a count of people. Example: 14091.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=5000000
	// +required
	Population int32 `json:"population"`
	// consultationMembers are the seats of the town's own consultation body
	// (民主协商议事机构). Default: 0, the town has none of its own.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=200
	// +optional
	ConsultationMembers int32 `json:"consultationMembers,omitempty"`
	// venues count the places of the town that are not homes. Default: none.
	// +optional
	Venues Venues `json:"venues,omitzero"`
	// villages of the town (行政村), second level, keyed by name. The name is a
	// village's identity; the order of the list only sets the first codes.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=60
	// +listType=map
	// +listMapKey=name
	// +required
	Villages []SecondLevel `json:"villages"`
	// communities of the town (社区), second level, keyed by name. A community
	// may have no groups. Default: none.
	// +kubebuilder:validation:MaxItems=20
	// +listType=map
	// +listMapKey=name
	// +optional
	Communities []SecondLevel `json:"communities,omitempty"`
}

// SecondLevel is a village or a community with the posts on it.
type SecondLevel struct {
	// name of the village or community, 1 to 20 characters, unique in the town.
	// Example: 第一村.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:Pattern=`^[\p{Han}A-Za-z0-9·]+$`
	// +required
	Name string `json:"name"`
	// groups below it (村民小组), a count; they are numbered 1组, 2组 and so on.
	// Default: 0.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=99
	// +optional
	Groups int32 `json:"groups,omitempty"`
	// households of it, a count. Default: unknown.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000
	// +optional
	Households *int32 `json:"households,omitempty"`
	// population of it, a count of people. Default: unknown.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=500000
	// +optional
	Population *int32 `json:"population,omitempty"`
	// posts to be filled in it, as counts. Default: none. Its leader, and one
	// leader for each of its groups, are always there.
	// +optional
	Posts Posts `json:"posts,omitzero"`
}

// Posts are the seats of a village or community, by what they are for.
type Posts struct {
	// mediators of its mediation committee (人民调解员); the law wants 3 to 9.
	// Default: 0, it has no committee.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=30
	// +kubebuilder:validation:XValidation:rule="self == 0 || self >= 3",message="a mediation committee has at least 3 members (人民调解法 art. 8): set 0 for no committee, or 3 and more"
	// +optional
	Mediators int32 `json:"mediators,omitempty"`
	// informationOfficers (综治信息员). Default: 0.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=200
	// +optional
	InformationOfficers int32 `json:"informationOfficers,omitempty"`
	// volunteers for prevention (群防群治人员). Default: 0.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=500
	// +optional
	Volunteers int32 `json:"volunteers,omitempty"`
	// householdHeads who look after public order among neighbours (治安户长), a
	// volunteer's post. Default: 0.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=500
	// +optional
	HouseholdHeads int32 `json:"householdHeads,omitempty"`
	// consultationMembers are the seats of its consultation body. Default: 0, it
	// has none.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=200
	// +optional
	ConsultationMembers int32 `json:"consultationMembers,omitempty"`
}

// Venues count places by kind.
type Venues struct {
	// institutions: schools, companies and public institutions (学校、企事业单位).
	// +optional
	Institutions *VenueCount `json:"institutions,omitempty"`
	// shops (商业门店).
	// +optional
	Shops *VenueCount `json:"shops,omitempty"`
}

// VenueCount is a count of places.
type VenueCount struct {
	// count of places. Example: 150.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100000
	// +required
	Count int32 `json:"count"`
	// atLeast marks a count known only from below: 150 is then shown as 150 余.
	// Default: false.
	// +optional
	AtLeast bool `json:"atLeast,omitempty"`
}

// Area is a part of the town that one leader answers for.
type Area struct {
	// name of the area, unique in the town. Example: 东片.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:Pattern=`^[\p{Han}A-Za-z0-9·]+$`
	// +required
	Name string `json:"name"`
	// leader is the post that answers for it, never a person's name:
	// PartySecretary (党委书记) or Mayor (镇长).
	// +kubebuilder:validation:Enum=PartySecretary;Mayor
	// +required
	Leader string `json:"leader"`
	// grids are the names of its villages and communities.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=80
	// +kubebuilder:validation:items:MaxLength=20
	// +listType=set
	// +required
	Grids []string `json:"grids"`
}

// Unit is an office that works in the governance centre.
type Unit struct {
	// name of the office. Example: 司法所.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=20
	// +kubebuilder:validation:Pattern=`^[\p{Han}A-Za-z0-9·]+$`
	// +required
	Name string `json:"name"`
	// stationing says how it is present: Resident (常驻), Rotating (轮驻) or
	// OnCall (随叫随驻). Default: Resident.
	// +kubebuilder:validation:Enum=Resident;Rotating;OnCall
	// +kubebuilder:default=Resident
	// +optional
	Stationing string `json:"stationing,omitempty"`
}

// Placement chooses a DatabaseServer.
//
// +kubebuilder:validation:XValidation:rule="!has(self.serverName) || !has(self.selector)",message="set either placement.serverName or placement.selector, not both"
type Placement struct {
	// serverName is the one DatabaseServer to use. Default: chosen.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	ServerName string `json:"serverName,omitempty"`
	// selector matches labels of the DatabaseServers to choose from. Default:
	// all.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// Instance says how a town is served.
type Instance struct {
	// host under which the town is served. Default: the Township's name in front
	// of the host of the District's baseURL. Example: daliu.liangzhou.example.
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`
	// +optional
	Host string `json:"host,omitempty"`
}

// TownshipStatus is what the operator last saw.
type TownshipStatus struct {
	// observedGeneration is the generation of the spec that the conditions speak
	// of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// server is where the town's database is.
	// +optional
	Server *TownServer `json:"server,omitempty"`
	// database of the town.
	// +optional
	Database *TownDatabase `json:"database,omitempty"`
	// schemaVersion is the number of the last migration in the database.
	// +optional
	SchemaVersion int64 `json:"schemaVersion,omitempty"`
	// seed counts what stands in the town, read from its own rows.
	// +optional
	Seed *Seed `json:"seed,omitempty"`
	// credentials of the town's logins.
	// +optional
	Credentials *Credentials `json:"credentials,omitempty"`
	// url under which the town's people work.
	// +optional
	URL string `json:"url,omitempty"`
	// conditions: Ready, and one for each step of provisioning.
	// +listType=map
	// +listMapKey=type
	// +optional
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// TownServer is where a town was placed.
type TownServer struct {
	// name of the DatabaseServer.
	// +optional
	Name string `json:"name,omitempty"`
	// systemIdentifier of the PostgreSQL cluster behind it.
	// +optional
	SystemIdentifier string `json:"systemIdentifier,omitempty"`
}

// TownDatabase is the town's database.
type TownDatabase struct {
	// name of the database, derived from the code.
	// +optional
	Name string `json:"name,omitempty"`
	// oid of the database: only the database with this one is ever dropped.
	// +optional
	OID int64 `json:"oid,omitempty"`
}

// Seed counts what stands in the town.
type Seed struct {
	// digest of the manifest's grid and the model that were seeded.
	// +optional
	Digest string `json:"digest,omitempty"`
	// model that was seeded.
	// +optional
	Model string `json:"model,omitempty"`
	// grids are the units of the three levels. Example: 1/8/66.
	// +optional
	Grids string `json:"grids,omitempty"`
	// posts are mediators, information officers, volunteers and household heads.
	// Example: 47/28/25/41.
	// +optional
	Posts string `json:"posts,omitempty"`
	// level1 counts the units of the first level: the town.
	// +optional
	Level1 int64 `json:"level1,omitempty"`
	// level2 counts villages and communities.
	// +optional
	Level2 int64 `json:"level2,omitempty"`
	// level3 counts groups.
	// +optional
	Level3 int64 `json:"level3,omitempty"`
	// committees are the mediation committees.
	// +optional
	Committees int64 `json:"committees,omitempty"`
	// mediators are seats, filled or not.
	// +optional
	Mediators int64 `json:"mediators,omitempty"`
	// informationOfficers are seats, filled or not.
	// +optional
	InformationOfficers int64 `json:"informationOfficers,omitempty"`
	// volunteers are seats, filled or not.
	// +optional
	Volunteers int64 `json:"volunteers,omitempty"`
	// householdHeads are seats, filled or not.
	// +optional
	HouseholdHeads int64 `json:"householdHeads,omitempty"`
	// consultationBodies of the town and its villages.
	// +optional
	ConsultationBodies int64 `json:"consultationBodies,omitempty"`
	// consultationMembers are seats, filled or not.
	// +optional
	ConsultationMembers int64 `json:"consultationMembers,omitempty"`
}

// Credentials of the town's logins.
type Credentials struct {
	// secretName is the Secret with the login that the town's instance uses.
	// +optional
	SecretName string `json:"secretName,omitempty"`
	// firstLoginSecretName is the Secret with the director's one-time password,
	// worthless once it was used.
	// +optional
	FirstLoginSecretName string `json:"firstLoginSecretName,omitempty"`
	// activeSlot is the login in use, a or b.
	// +optional
	ActiveSlot string `json:"activeSlot,omitempty"`
	// rotatedAt is when the login in use came into use.
	// +optional
	RotatedAt *metav1.Time `json:"rotatedAt,omitempty"`
}

// TownshipList is a list of Townships.
//
// +kubebuilder:object:root=true
type TownshipList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Township `json:"items"`
}
