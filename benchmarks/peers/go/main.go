// Echo and HTTP in Go, as the standard library means it: a goroutine per connection.
// Usage: server echo|http [--host ADDRESS] [--port N]
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	kind, host, port := "echo", "127.0.0.1", "0"
	if len(os.Args) > 1 {
		kind = os.Args[1]
	}
	for i := 2; i+1 < len(os.Args); i += 2 {
		switch os.Args[i] {
		case "--host":
			host = os.Args[i+1]
		case "--port":
			port = os.Args[i+1]
		}
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	terminate := make(chan os.Signal, 1)
	signal.Notify(terminate, syscall.SIGTERM)
	go func() {
		<-terminate
		os.Exit(0)
	}()
	fmt.Printf("listening %s backend=go\n", listener.Addr())
	if kind == "http" {
		serveHTTP(listener)
	} else {
		serveEcho(listener)
	}
}

func serveEcho(listener net.Listener) {
	for {
		connection, err := listener.Accept() // TCP_NODELAY is Go's default
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go echo(connection)
	}
}

func echo(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 16*1024)
	for {
		count, err := connection.Read(buffer)
		if count > 0 {
			if _, failed := connection.Write(buffer[:count]); failed != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func serveHTTP(listener net.Listener) {
	body := []byte("Hello, World!")
	handler := http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		header := response.Header()
		header["Content-Type"] = []string{"text/plain"}
		header["Content-Length"] = []string{"13"}
		response.Write(body)
	})
	fmt.Fprintln(os.Stderr, http.Serve(listener, handler))
	os.Exit(1)
}
