//go:build tools

// Package consul names the program that is built, so that its module is required.
package consul

import _ "github.com/hashicorp/consul"
