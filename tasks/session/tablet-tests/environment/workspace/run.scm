;; guile --no-auto-compile run.scm suites | time | show SUITE KEY | device KEY
(use-modules (ice-9 match))

(define (load-data name) (call-with-input-file name read))
(define plan (load-data "plan.scm"))

(define (value entry key)
  (match (assq key (cdr entry))
    ((_ found) found)
    (_ (error "no such key" key))))

(match (cdr (command-line))
  (("suites")
   (for-each (lambda (entry) (display (car entry)) (newline)) plan))
  (("time")
   (display (apply + (map (lambda (entry) (value entry 'limit-s)) plan)))
   (newline))
  (("show" suite key)
   (display (value (assq (string->symbol suite) plan) (string->symbol key)))
   (newline))
  (("device" key)
   (display (cadr (assq (string->symbol key) (load-data "device.scm"))))
   (newline)))
