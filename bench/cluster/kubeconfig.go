package cluster

import (
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// WriteKubeconfig writes the kubeconfig for a controller to use an API server on this
// machine, over plain HTTP and without credentials.
func WriteKubeconfig(path, server string) error {
	const name = "perf-gate"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, path)
}

// ClientConfig returns the configuration for the gate's own client to use such a server.
func ClientConfig(server, agent string) *rest.Config {
	return &rest.Config{Host: server, UserAgent: agent, QPS: -1}
}
