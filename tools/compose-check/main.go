// Loads a compose file as Docker Compose does, with the variables of the environment, and prints what it makes of it as JSON.
// Says what is wrong and exits with 1 when Docker Compose would refuse it.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithOsEnv, cli.WithProfiles([]string{"*"}))
	if err != nil {
		refuse(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		refuse(err)
	}
	text, err := project.MarshalJSON()
	if err != nil {
		refuse(err)
	}
	fmt.Println(string(text))
}

func refuse(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
