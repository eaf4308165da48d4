package main

// Images are folders of this machine: a JSON file says which folder an image's name means, and what it runs.

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	critest "k8s.io/cri-api/pkg/apis/testing"
	"k8s.io/klog/v2"
)

// image is what an image's name stands for. The name "*" is that of all which are not named.
type image struct {
	Rootfs     string   `json:"rootfs"` // a folder that is laid over this machine's "/"
	Entrypoint []string `json:"entrypoint"`
	Cmd        []string `json:"cmd"`
	Env        []string `json:"env"`
	WorkingDir string   `json:"workingDir"`
	PullError  string   `json:"pullError"` // pulling it fails with this
}

type imageService struct {
	*critest.FakeImageService
	file string
}

// find reads the file anew, so that tests may change it at any time.
func (s *imageService) find(name string) image {
	images := map[string]image{}
	text, err := os.ReadFile(s.file)
	if err == nil {
		err = json.Unmarshal(text, &images)
	}
	if err != nil {
		klog.ErrorS(err, "the images file cannot be read", "file", s.file)
	}
	for _, name := range []string{name, withoutTag(name), "*"} {
		if found, ok := images[name]; ok {
			return found
		}
	}
	return image{}
}

func withoutTag(name string) string {
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		return name[:colon]
	}
	return name
}

func (s *imageService) ImageStatus(_ context.Context, spec *runtimeapi.ImageSpec, _ bool) (*runtimeapi.ImageStatusResponse, error) {
	if s.find(spec.Image).PullError != "" {
		return &runtimeapi.ImageStatusResponse{}, nil
	}
	return &runtimeapi.ImageStatusResponse{Image: &runtimeapi.Image{
		Id: spec.Image, RepoTags: []string{spec.Image}, Spec: spec, Size: 1, Uid: &runtimeapi.Int64Value{},
	}}, nil
}

func (s *imageService) PullImage(_ context.Context, spec *runtimeapi.ImageSpec, _ *runtimeapi.AuthConfig, _ *runtimeapi.PodSandboxConfig) (string, error) {
	if problem := s.find(spec.Image).PullError; problem != "" {
		return "", errors.New(problem)
	}
	return spec.Image, nil
}
