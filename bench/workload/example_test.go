package workload_test

import (
	"fmt"

	"github.com/kro/perf-gate/bench/workload"
)

func Example() {
	w, err := workload.Load(workload.Files{
		"rgd.yaml": []byte(`
apiVersion: kro.run/v1alpha1
kind: ResourceGraphDefinition
metadata: {name: shop}
spec: {schema: {apiVersion: v1alpha1, kind: Shop, spec: {port: integer}}}
`),
		"instance.yaml": []byte(`
apiVersion: kro.run/v1alpha1
kind: Shop
metadata: {name: !cel name}
spec: {port: !cel 8000 + i}
`),
		"workload.yaml": []byte(`
sizes: {quick: [{ops: 3}]}
benchmarks: [{op: create, ops: !cel ops, do: [{create: instance}]}]
`),
	}, "shop")
	if err != nil {
		fmt.Println(err)
		return
	}
	size := w.Scenarios(workload.Quick)[0]
	for _, b := range size.Benchmarks {
		fmt.Println(b.Name, b.Ops)
		for i := range b.Ops {
			create := b.Do[0]
			vars, _ := create.Vars(size.Vars, fmt.Sprint("shop-", i), i, 0)
			object, _ := create.Object.Object(vars)
			fmt.Println(create.Describe(vars), object["spec"])
		}
	}
	// Output:
	// shop/op=create 3
	// create Shop shop-0 map[port:8000]
	// create Shop shop-1 map[port:8001]
	// create Shop shop-2 map[port:8002]
}
