// Package step is how every controller here works: an ordered list of steps,
// each of which brings one condition to True; the list stops at the first that
// is not done, and says in the same words on that step and on Ready why.
package step

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/daliu-governance/daliu/api/v1alpha1"
)

// lookAgain is how long a stalled object is left alone. What stalled it may lie
// where no watch reaches, such as in somebody else's Secret.
const lookAgain = time.Minute

// maxMessage bounds a condition's message, in bytes.
const maxMessage = 1024

// A Step brings one condition to True.
type Step struct {
	// Condition is its type, such as [v1alpha1.ConditionSeeded].
	Condition string
	// Run does what is missing, and returns what it then saw to hold, in words
	// for people. It returns what [Wait] or [Stop] make when the world is not
	// ready, and any other error when a call failed.
	Run func(context.Context) (string, error)
}

// outcome is why a step is not done.
type outcome struct {
	reason, message string
	after           time.Duration
	stalled         bool
}

func (o *outcome) Error() string { return o.reason + ": " + o.message }

// Wait says that a step is not done yet and is tried again after a while.
func Wait(after time.Duration, reason, format string, args ...any) error {
	return &outcome{reason: reason, message: fmt.Sprintf(format, args...), after: after}
}

// Stop says that a step can't be done until somebody acts. The message says
// what to do. It is looked at again now and then all the same.
func Stop(reason, format string, args ...any) error {
	return &outcome{reason: reason, message: fmt.Sprintf(format, args...), after: lookAgain, stalled: true}
}

// Run runs steps in order and records in conditions how far it got; when all are
// done, Ready says what the last one saw. It returns
// an error only for a call that failed, so that it is tried again with
// increasing delay.
func Run(ctx context.Context, conditions *[]metav1.Condition, generation int64, steps ...Step) (ctrl.Result, error) {
	var seen string
	for i, s := range steps {
		var err error
		if seen, err = s.Run(ctx); err == nil {
			Set(conditions, generation, s.Condition, metav1.ConditionTrue, v1alpha1.ReasonDone, seen)
			continue
		}
		why := explain(err)
		Set(conditions, generation, s.Condition, metav1.ConditionFalse, why.reason, why.message)
		for _, later := range steps[i+1:] {
			Set(conditions, generation, later.Condition, metav1.ConditionUnknown, v1alpha1.ReasonNotReached, "waits for "+s.Condition)
		}
		NotReady(conditions, generation, why.reason, s.Condition+": "+why.message, why.stalled)
		if why.reason == v1alpha1.ReasonError {
			return ctrl.Result{}, fmt.Errorf("%s: %w", s.Condition, err)
		}
		return ctrl.Result{RequeueAfter: why.after}, nil
	}
	Ready(conditions, generation, v1alpha1.ReasonReady, seen)
	return ctrl.Result{}, nil
}

func explain(err error) outcome {
	if why := (*outcome)(nil); errors.As(err, &why) {
		return *why
	}
	return outcome{reason: v1alpha1.ReasonError, message: err.Error()}
}

// Ready records that everything asked for was seen to hold.
func Ready(conditions *[]metav1.Condition, generation int64, reason, message string) {
	Set(conditions, generation, v1alpha1.ConditionReady, metav1.ConditionTrue, reason, message)
	apimeta.RemoveStatusCondition(conditions, v1alpha1.ConditionReconciling)
	apimeta.RemoveStatusCondition(conditions, v1alpha1.ConditionStalled)
}

// NotReady records why not, and whether it goes on by itself (Reconciling) or
// waits for somebody to act (Stalled).
func NotReady(conditions *[]metav1.Condition, generation int64, reason, message string, stalled bool) {
	present, absent := v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled
	if stalled {
		present, absent = absent, present
	}
	Set(conditions, generation, v1alpha1.ConditionReady, metav1.ConditionFalse, reason, message)
	Set(conditions, generation, present, metav1.ConditionTrue, reason, message)
	apimeta.RemoveStatusCondition(conditions, absent)
}

// Set records one condition, its message cut to what a status may hold.
func Set(conditions *[]metav1.Condition, generation int64, kind string, status metav1.ConditionStatus, reason, message string) {
	apimeta.SetStatusCondition(conditions, metav1.Condition{
		Type: kind, Status: status, Reason: reason, Message: Cut(message), ObservedGeneration: generation,
	})
}

// Cut shortens a message to what a condition or an Event may hold,
// without splitting a character.
func Cut(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	end := maxMessage - len("…")
	for !utf8.RuneStart(message[end]) {
		end--
	}
	return message[:end] + "…"
}
