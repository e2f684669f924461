{{/* What an installation can't do without, told before anything is made. */}}
{{- define "daliu.check" -}}
{{- if not .Values.districts }}
{{- fail "name at least one district: --set 'districts[0].namespace=liangzhou'" }}
{{- end }}
{{- $seen := list .Release.Namespace }}
{{- range .Values.districts }}
{{- if has .namespace $seen }}
{{- fail (printf "district %s: a district is a namespace of its own, named once; it can't be the operator's" .namespace) }}
{{- end }}
{{- $seen = append $seen .namespace }}
{{- end }}
{{- end }}

{{/* The labels that never change: workloads are selected by them. */}}
{{- define "daliu.selector" -}}
app.kubernetes.io/name: daliu
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "daliu.labels" -}}
app.kubernetes.io/name: daliu
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
app.kubernetes.io/part-of: daliu
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "daliu.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/*
The manifests of a file, with our labels and, if keep is set, out of Helm's reach
when the release goes. The files are copies of config/, which is what is tested.
*/}}
{{- define "daliu.manifests" -}}
{{- $root := .root }}{{ $keep := .keep }}{{ $annotations := .annotations | default dict }}
{{- range regexSplit "(?m)^---$" ($root.Files.Get .path) -1 }}
{{- $object := fromYaml . }}
{{- if $object }}
{{- $labels := include "daliu.labels" (dict "root" $root) | fromYaml }}
{{- $notes := merge dict $annotations (dict) }}
{{- if $keep }}{{ $_ := set $notes "helm.sh/resource-policy" "keep" }}{{ end }}
{{- $_ := set $object.metadata "labels" (merge dict $labels ($object.metadata.labels | default dict)) }}
{{- with merge dict $notes ($object.metadata.annotations | default dict) }}
{{- $_ := set $object.metadata "annotations" . }}
{{- end }}
---
{{ toYaml $object }}
{{ end }}
{{- end }}
{{- end }}

{{/* What the restricted level of Pod Security asks of a Pod, and of a container. */}}
{{- define "daliu.podSecurity" -}}
runAsNonRoot: true
seccompProfile: {type: RuntimeDefault}
{{- end }}
{{- define "daliu.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Go keeps below nine tenths of the memory's limit, rather than be killed at it. */}}
{{- define "daliu.env" -}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
{{- $limit := "" }}
{{- with .resources.limits }}{{ $limit = .memory | default "" | toString }}{{ end }}
{{- if regexMatch "^[0-9]+(Mi|Gi)$" $limit }}
{{- $mebibytes := regexFind "^[0-9]+" $limit | int }}
{{- if hasSuffix "Gi" $limit }}{{ $mebibytes = mul $mebibytes 1024 }}{{ end }}
- name: GOMEMLIMIT
  value: {{ div (mul $mebibytes 9) 10 }}MiB
{{- end }}
{{- if .root.Values.trustedCA.configMap }}
- name: SSL_CERT_DIR
  value: /etc/ssl/certs:/etc/daliu/ca
{{- end }}
{{- end }}

{{- define "daliu.volumeMounts" -}}
{{- if .Values.trustedCA.configMap }}
- {name: trusted-ca, mountPath: /etc/daliu/ca, readOnly: true}
{{- end }}
{{- end }}
{{- define "daliu.volumes" -}}
{{- with .Values.trustedCA }}
{{- if .configMap }}
- name: trusted-ca
  configMap:
    name: {{ .configMap }}
    items: [{key: {{ .key | quote }}, path: ca.crt}]
{{- end }}
{{- end }}
{{- end }}

{{/* Where a Pod runs: spread over nodes, and as the values say. */}}
{{- define "daliu.placement" -}}
topologySpreadConstraints:
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- include "daliu.selector" . | nindent 6 }}
{{- with .values }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
