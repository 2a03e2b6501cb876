package builtin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"
)

// The wanted objects are kube-apiserver's answers to a dry run, without metadata and
// without the fields that strategies add.
func TestDefaults(t *testing.T) {
	types, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, given, want string }{
		{
			name:  "pod template at any depth",
			given: `{apiVersion: batch/v1, kind: CronJob, spec: {schedule: "@daily", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}}}`,
			want: `
apiVersion: batch/v1
kind: CronJob
metadata: {}
spec:
  schedule: "@daily"
  concurrencyPolicy: Allow
  suspend: false
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 1
  jobTemplate:
    metadata: {}
    spec:
      template:
        metadata: {}
        spec:
          restartPolicy: Never
          dnsPolicy: ClusterFirst
          schedulerName: default-scheduler
          securityContext: {}
          terminationGracePeriodSeconds: 30
          containers:
          - {name: c, image: i, imagePullPolicy: Always, resources: {}, terminationMessagePath: /dev/termination-log, terminationMessagePolicy: File}
status: {}
`,
		},
		{
			name:  "stateful set with claims and volumes",
			given: `{apiVersion: apps/v1, kind: StatefulSet, spec: {serviceName: "", selector: {}, template: {spec: {containers: [], volumes: [{name: a}, {name: b, configMap: {name: c}}]}}, volumeClaimTemplates: [{spec: {resources: {}}}]}}`,
			want: `
apiVersion: apps/v1
kind: StatefulSet
metadata: {}
spec:
  serviceName: ""
  replicas: 1
  revisionHistoryLimit: 10
  podManagementPolicy: OrderedReady
  persistentVolumeClaimRetentionPolicy: {whenDeleted: Retain, whenScaled: Retain}
  updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 0}}
  selector: {}
  template:
    metadata: {}
    spec:
      restartPolicy: Always
      dnsPolicy: ClusterFirst
      schedulerName: default-scheduler
      securityContext: {}
      terminationGracePeriodSeconds: 30
      containers: []
      volumes:
      - {name: a, emptyDir: {}}
      - {name: b, configMap: {name: c, defaultMode: 420}}
  volumeClaimTemplates:
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {}
    spec: {resources: {}, volumeMode: Filesystem}
    status: {phase: Pending}
status: {replicas: 0, availableReplicas: 0}
`,
		},
		{
			name:  "load balancer",
			given: `{apiVersion: v1, kind: Service, spec: {type: LoadBalancer, ports: [{port: 80}, {port: 81, targetPort: http}]}}`,
			want: `
apiVersion: v1
kind: Service
metadata: {}
spec:
  type: LoadBalancer
  allocateLoadBalancerNodePorts: true
  externalTrafficPolicy: Cluster
  internalTrafficPolicy: Cluster
  sessionAffinity: None
  ports:
  - {port: 80, protocol: TCP, targetPort: 80}
  - {port: 81, protocol: TCP, targetPort: http}
status: {loadBalancer: {}}
`,
		},
		{
			name:  "webhook",
			given: `{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration, webhooks: [{name: a, clientConfig: {service: {name: s, namespace: ns}}, sideEffects: None, admissionReviewVersions: [v1], rules: [{operations: ["*"]}]}]}`,
			want: `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {}
webhooks:
- name: a
  clientConfig: {service: {name: s, namespace: ns, port: 443}}
  sideEffects: None
  admissionReviewVersions: [v1]
  failurePolicy: Fail
  matchPolicy: Equivalent
  namespaceSelector: {}
  objectSelector: {}
  timeoutSeconds: 10
  rules: [{operations: ["*"], scope: "*"}]
`,
		},
		{
			name:  "autoscaler with behavior",
			given: `{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, spec: {scaleTargetRef: {kind: Deployment, name: d}, maxReplicas: 3, behavior: {scaleDown: {stabilizationWindowSeconds: 60}}}}`,
			want: `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {}
spec:
  scaleTargetRef: {kind: Deployment, name: d}
  minReplicas: 1
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]
  behavior:
    scaleUp:
      stabilizationWindowSeconds: 0
      selectPolicy: Max
      policies: [{type: Pods, value: 4, periodSeconds: 15}, {type: Percent, value: 100, periodSeconds: 15}]
    scaleDown:
      stabilizationWindowSeconds: 60
      selectPolicy: Max
      policies: [{type: Percent, value: 100, periodSeconds: 15}]
status: {currentMetrics: null, desiredReplicas: 0}
`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			given, err := yaml.YAMLToJSON([]byte(test.given))
			if err != nil {
				t.Fatal(err)
			}
			obj, _, err := types.codecs.UniversalDeserializer().Decode(given, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			types.scheme.Default(obj)
			got, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
			if err != nil {
				t.Fatal(err)
			}
			var want map[string]any
			if err := yaml.Unmarshal([]byte(test.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(normal(t, want), normal(t, got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// normal makes values comparable: YAML and the converter use different types for
// numbers, and empty metadata has a creationTimestamp of null or none.
func normal(t *testing.T, object map[string]any) any {
	t.Helper()
	text, err := yaml.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestPullPolicy(t *testing.T) {
	for image, want := range map[string]corev1.PullPolicy{
		"nginx":                         corev1.PullAlways,
		"nginx:latest":                  corev1.PullAlways,
		"nginx:1.27":                    corev1.PullIfNotPresent,
		"localhost:5000/nginx":          corev1.PullAlways,
		"localhost:5000/nginx:1.27":     corev1.PullIfNotPresent,
		"nginx@sha256:0123":             corev1.PullIfNotPresent,
		"localhost:5000/a/b@sha256:012": corev1.PullIfNotPresent,
		"nginx:latest@sha256:0123":      corev1.PullAlways,
	} {
		if got := pullPolicy(image); got != want {
			t.Errorf("pullPolicy(%q) = %s, want %s", image, got, want)
		}
	}
}
